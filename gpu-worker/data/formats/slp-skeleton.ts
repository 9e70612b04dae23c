/**
 * Skeletons of a .slp file: networkx's node-link graph as in SLEAP's other files, but its nodes are numbers that point into the list
 * `nodes` of the metadata, which all skeletons of the file share.
 *
 * The order of `nodes` in the graph is the order of the points of an instance; edges keep the order in which they were drawn. A type of
 * edge is written in full once ({"py/reduce": ..}) and as {"py/id": n} from then on, n counted within the skeleton; some files begin with
 * {"py/id": 1}, whose number is then the type itself (as sleap-io reads them).
 */
import { z } from 'zod';
import type { Skeleton } from '../../../src/contract/pose.ts';
import { describedEdgeType, edgesAndSymmetry, graphOf } from '../../../src/contract/sleap-skeleton.ts';
import { damaged } from './slp-damage.ts';

const MAX_KEYPOINTS = 4096;

const edgeTypeSchema = z.union([
  z
    .object({ 'py/reduce': z.array(z.unknown()) })
    .transform(({ 'py/reduce': parts }) => ({ value: describedEdgeType(parts) ?? 0 })),
  z.object({ 'py/id': z.int() }).transform(reference => ({ id: reference['py/id'] })),
]);
const graphSchema = z.object({
  links: z.array(
    z.object({ source: z.int(), target: z.int(), type: edgeTypeSchema, edge_insert_idx: z.int().optional() }),
  ),
  nodes: z.array(z.object({ id: z.int() })).max(MAX_KEYPOINTS),
});
const metadataSchema = z.object({
  skeletons: z.array(z.unknown()),
  nodes: z.array(z.object({ name: z.string() })),
});

/**
 * @param metadata the JSON of /metadata.
 * @param index of the wanted skeleton.
 * @throws AppError labels_invalid.
 */
export function decodeSlpSkeleton(name: string, metadata: unknown, index: number): Skeleton {
  const wrong = (what: string) => damaged(name, `the skeleton of its keypoints ${what}`);
  const known = metadataSchema.safeParse(metadata);
  if (!known.success || !(index < known.data.skeletons.length)) throw wrong('is missing');
  const graph = graphSchema.safeParse(graphOf(known.data.skeletons[index]));
  if (!graph.success) throw wrong('cannot be read');

  const ids = graph.data.nodes.map(({ id }) => id);
  const keypoints = ids.map(id => known.data.nodes[id]?.name ?? '');
  if (keypoints.length === 0) throw wrong('has none');
  if (keypoints.includes('')) throw wrong('has one without a name');
  const twice = keypoints.find((keypoint, k) => keypoints.indexOf(keypoint) !== k);
  if (twice !== undefined) {
    throw damaged(name, `two of its keypoints are named "${twice}"`);
  }
  const links = typedLinks(graph.data.links).map(({ source, target, type, order }) => {
    const ends: [number, number] = [ids.indexOf(source), ids.indexOf(target)];
    if (ends.includes(-1)) throw wrong('joins keypoints that it does not have');
    return { ends, type, order };
  });
  const { edges, symmetry: symmetries } = edgesAndSymmetry(links);
  return { keypoints, edges, symmetries };
}

function typedLinks(links: z.infer<typeof graphSchema>['links']) {
  const types: number[] = [];
  return links.map(({ source, target, type, edge_insert_idx: order = links.length }) => {
    if ('value' in type) types.push(type.value);
    return { source, target, order, type: 'value' in type ? type.value : (types[type.id - 1] ?? type.id) };
  });
}
