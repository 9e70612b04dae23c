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

/** An edge of the graph, its nodes by name or by number. */
export interface SkeletonLink<Node> {
  ends: [Node, Node];
  /** 1: of the body, 2: of symmetry. */
  type: number;
  /** The order of edges of the body. */
  order: number;
}

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
  const graph = graphSchema.parse(graphOf(json));
  const decoder = new Decoder();
  // In this order, that of the sorted keys, objects were numbered.
  const links = graph.links.map(({ source, target, type, edge_insert_idx: order = Infinity }) => ({
    ends: [decoder.node(source), decoder.node(target)] as [string, string],
    type: decoder.edgeType(type),
    order,
  }));
  const nodes = graph.nodes.map(({ id }) => decoder.node(id));
  return { nodes, ...edgesAndSymmetry(links) };
}

/** Skeletons of templates, and those of SLEAP 1.3.2 and later in .slp files, have their graph one level down. */
export function graphOf(json: unknown): unknown {
  const nested = z.object({ nx_graph: z.unknown() }).safeParse(json);
  return nested.success && nested.data.nx_graph ? nested.data.nx_graph : json;
}

/** Edges of the body as they were drawn, and pairs of symmetry, each once. */
export function edgesAndSymmetry<Node>(links: readonly SkeletonLink<Node>[]): {
  edges: [Node, Node][];
  symmetry: [Node, Node][];
} {
  const edges = links.filter(({ type }) => type === EDGE_TYPES.body).sort((a, b) => a.order - b.order);
  const symmetry: [Node, Node][] = [];
  for (const { ends, type } of links) {
    const [a, b] = ends;
    const isKnown = symmetry.some(pair => pair.includes(a) && pair.includes(b));
    if (type === EDGE_TYPES.symmetry && a !== b && !isKnown) symmetry.push(ends);
  }
  return { edges: edges.map(({ ends }) => ends), symmetry };
}

/** The number of a type of edge that is written in full ({"py/reduce": ..}); undefined: of none. */
export function describedEdgeType(parts: readonly unknown[]): number | undefined {
  return parts.map(part => edgeTypeSchema.safeParse(part)).find(part => part.success)?.data['py/tuple'][0];
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
      const type = describedEdgeType(parts);
      if (type === undefined) throw new RangeError('a type of edge of the skeleton is not described');
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
  return nodeLinkGraph({ nodes, edges, symmetry }, name, new ObjectEncoder());
}

/** How nodes and types of edges are written; called in the order of the document. */
export interface GraphEncoder<Node> {
  node(node: Node): unknown;
  edgeType(type: number): object;
}

/** The graph, whose nodes are in the order of the keypoints, and which has each symmetry in both directions. */
export function nodeLinkGraph<Node extends string | number>(
  {
    nodes,
    edges,
    symmetry,
  }: { nodes: readonly Node[]; edges: readonly [Node, Node][]; symmetry: readonly [Node, Node][] },
  name: string,
  encoder: GraphEncoder<Node>,
): object {
  const keys = new Map<string, number>();
  const link = ([source, target]: readonly [Node, Node], type: number) => {
    // Edges between the same two nodes are told apart by their key: networkx would keep only one of them.
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

/** Objects in full where they first stand, and as their number from then on. */
export class ObjectEncoder implements GraphEncoder<string> {
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
