/**
 * A skeleton as SLEAP up to 1.4 keeps it: networkx's node-link graph as jsonpickle writes it (sleap/skeleton.py, SkeletonEncoder).
 *
 *   links  edges of the body and of symmetry; the latter in both directions. `edge_insert_idx` is the order of the former.
 *   nodes  their order is the order of the keypoints
 *
 * An object is written in full where it first stands ({"py/object": .., "py/state": ..} a node, {"py/reduce": ..} a type of edge) and as
 * {"py/id": n} from then on: the n-th object of the document, counted from 1. Some files write nodes in full each time; there, nodes and
 * types are counted apart. Leaves out: skeletons whose nodes are indices into a list elsewhere, as .slp files have them.
 */
import { z } from 'zod';

export interface SleapSkeleton {
  /** In the order of the nodes. */
  nodes: string[];
  /** [parent, child]. */
  edges: [string, string][];
  /** Pairs that a mirror exchanges, each once. */
  symmetry: [string, string][];
}

const EDGE_TYPES = { body: 1, symmetry: 2 } as const;

const encodedSchema = z.record(z.string(), z.unknown());
const nodeStateSchema = z.union([
  z.object({ 'py/tuple': z.tuple([z.string().min(1)], z.unknown()) }).transform(state => state['py/tuple'][0]),
  z.object({ name: z.string().min(1) }).transform(state => state.name),
]);
const edgeTypeSchema = z.object({ 'py/tuple': z.tuple([z.int()]) });
const linkSchema = z.object({
  source: encodedSchema,
  target: encodedSchema,
  type: encodedSchema,
  edge_insert_idx: z.int().optional(),
});
const graphSchema = z.object({ links: z.array(linkSchema), nodes: z.array(z.object({ id: encodedSchema })) });

/** @throws ZodError or RangeError when it is none. */
export function decodeSkeleton(json: unknown): SleapSkeleton {
  // Skeletons of templates have their graph one level down.
  const template = z.object({ nx_graph: z.unknown() }).safeParse(json);
  const graph = graphSchema.parse(template.success && template.data.nx_graph ? template.data.nx_graph : json);
  const decoder = new Decoder();
  // In this order, that of the sorted keys, objects were numbered.
  const links = graph.links.map(({ source, target, type, edge_insert_idx: order = Infinity }) => ({
    ends: [decoder.node(source), decoder.node(target)] as [string, string],
    type: decoder.edgeType(type),
    order,
  }));
  const nodes = graph.nodes.map(({ id }) => decoder.node(id));

  const edges = links.filter(({ type }) => type === EDGE_TYPES.body).sort((a, b) => a.order - b.order);
  const symmetry: [string, string][] = [];
  for (const { ends, type } of links) {
    const known = symmetry.some(pair => pair.includes(ends[0]) && pair.includes(ends[1]));
    if (type === EDGE_TYPES.symmetry && !known) symmetry.push(ends);
  }
  return { nodes, edges: edges.map(({ ends }) => ends), symmetry };
}

/** Restores objects in the order of the document: names of nodes, and numbers of types of edges. */
class Decoder {
  readonly #objects: (string | number)[] = [];
  readonly #nodes: string[] = [];
  readonly #edgeTypes: number[] = [];
  /** Whether nodes and types are counted each for themselves. */
  #apart = false;

  node(encoded: Record<string, unknown>): string {
    if ('py/object' in encoded) {
      const name = nodeStateSchema.parse(encoded['py/state']);
      if (this.#nodes.includes(name)) this.#apart = true;
      else {
        this.#nodes.push(name);
        this.#objects.push(name);
      }
      return name;
    }
    const node = (this.#apart ? this.#nodes : this.#objects)[Number(encoded['py/id']) - 1];
    if (typeof node !== 'string') throw new RangeError('a node of the skeleton is not described');
    return node;
  }

  edgeType(encoded: Record<string, unknown>): number {
    if ('py/reduce' in encoded) {
      const parts = z.array(z.unknown()).parse(encoded['py/reduce']);
      const described = parts.map(part => edgeTypeSchema.safeParse(part)).find(part => part.success);
      if (!described) throw new RangeError('a type of edge of the skeleton is not described');
      const [type] = described.data['py/tuple'];
      this.#edgeTypes.push(type);
      this.#objects.push(type);
      return type;
    }
    const place = Number(encoded['py/id']) - 1;
    const object = this.#apart ? undefined : this.#objects[place];
    const type = typeof object === 'number' ? object : this.#edgeTypes[place];
    if (type === undefined) throw new RangeError('a type of edge of the skeleton is not described');
    return type;
  }
}

/** The skeleton as SLEAP 1.3 and 1.4 read it. */
export function encodeSkeleton({ nodes, edges, symmetry }: SleapSkeleton, name: string): object {
  const encoder = new Encoder();
  const keys = new Map<string, number>();
  const link = ([source, target]: [string, string], type: number) => {
    // Edges between the same two nodes are told apart by their key.
    const ends = JSON.stringify([source, target]);
    const key = keys.get(ends) ?? 0;
    keys.set(ends, key + 1);
    return { key, source: encoder.node(source), target: encoder.node(target), type: encoder.edgeType(type) };
  };
  const links = [
    ...edges.map((ends, i) => ({ edge_insert_idx: i, ...link(ends, EDGE_TYPES.body) })),
    ...symmetry.flatMap(([a, b]) => [link([a, b], EDGE_TYPES.symmetry), link([b, a], EDGE_TYPES.symmetry)]),
  ];
  return {
    directed: true,
    graph: { name, num_edges_inserted: edges.length },
    links,
    multigraph: true,
    nodes: nodes.map(node => ({ id: encoder.node(node) })),
  };
}

/** Must be called in the order of the document. */
class Encoder {
  readonly #ids = new Map<string | number, number>();

  node(name: string): object {
    return this.#once(name, { 'py/object': 'sleap.skeleton.Node', 'py/state': { 'py/tuple': [name, 1] } });
  }

  edgeType(type: number): object {
    return this.#once(type, { 'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [type] }] });
  }

  #once(object: string | number, encoded: object): object {
    const id = this.#ids.get(object);
    if (id !== undefined) return { 'py/id': id };
    this.#ids.set(object, this.#ids.size + 1);
    return encoded;
  }
}
