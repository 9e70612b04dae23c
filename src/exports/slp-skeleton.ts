/**
 * A skeleton as the metadata of a .slp file has it: networkx's node-link graph, in which nodes are indices into a list of names beside it, so
 * that only types of edges are counted as objects.
 */
import type { Skeleton } from '../contract/pose.ts';
import { nodeLinkGraph, ObjectEncoder } from '../contract/sleap-skeleton.ts';

/** `skeletons` and `nodes` of the metadata. */
export function slpSkeleton({ keypoints, edges, symmetries = [] }: Skeleton): { skeletons: object[]; nodes: object[] } {
  const types = new ObjectEncoder();
  const graph = nodeLinkGraph({ nodes: [...keypoints.keys()], edges, symmetry: symmetries }, 'Skeleton-0', {
    node: index => index,
    edgeType: type => types.edgeType(type),
  });
  return { skeletons: [graph], nodes: keypoints.map(name => ({ name, weight: 1 })) };
}
