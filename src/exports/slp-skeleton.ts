/**
 * A skeleton as the metadata of a .slp file has it: networkx's node-link graph, in which nodes are indices into a list of names beside it.
 *
 * Types of edges are jsonpickle's objects: written in full where they first stand, and by their number from then on; nothing else is
 * counted there. An edge between two nodes that another one joins already has a further key, or networkx would keep only one of them.
 */
import type { Skeleton } from '../contract/pose.ts';

const EDGE_TYPES = { body: 1, symmetry: 2 } as const;

/** `skeletons` and `nodes` of the metadata. */
export function slpSkeleton({ keypoints, edges, symmetries = [] }: Skeleton): { skeletons: object[]; nodes: object[] } {
  const types = new Map<number, number>();
  const encodeType = (type: number): object => {
    const known = types.get(type);
    if (known !== undefined) return { 'py/id': known };
    types.set(type, types.size + 1);
    return { 'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [type] }] };
  };
  const keys = new Map<string, number>();
  const link = ([source, target]: readonly [number, number], type: number) => {
    const ends = `${source} ${target}`;
    const key = keys.get(ends) ?? 0;
    keys.set(ends, key + 1);
    return { key, source, target, type: encodeType(type) };
  };
  const skeleton = {
    directed: true,
    graph: { name: 'Skeleton-0', num_edges_inserted: edges.length },
    links: [
      ...edges.map((ends, i) => ({ edge_insert_idx: i, ...link(ends, EDGE_TYPES.body) })),
      // Both directions, as SLEAP has them.
      ...symmetries.flatMap(([a, b]) => [link([a, b], EDGE_TYPES.symmetry), link([b, a], EDGE_TYPES.symmetry)]),
    ],
    multigraph: true,
    nodes: keypoints.map((_, id) => ({ id })),
  };
  return { skeletons: [skeleton], nodes: keypoints.map(name => ({ name, weight: 1 })) };
}
