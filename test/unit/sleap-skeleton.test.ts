/** Skeletons of SLEAP as its jsonpickle writes them. */
import { describe, expect, it } from 'vitest';
import { decodeSkeleton } from '../../src/contract/sleap-skeleton.ts';

describe('a skeleton of SLEAP', () => {
  const full = (name: string) => ({ 'py/object': 'sleap.skeleton.Node', 'py/state': { 'py/tuple': [name, 1.0] } });
  const type = (value: number) => ({
    'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [value] }],
  });
  const id = (n: number) => ({ 'py/id': n });

  it('numbers nodes and types of edges together, in the order of the document', () => {
    const skeleton = {
      links: [
        { edge_insert_idx: 7, source: full('head'), target: full('tail'), type: type(1) },
        { edge_insert_idx: 3, source: id(2), target: full('left'), type: id(3) },
        { source: id(4), target: full('right'), type: type(2) },
        { source: id(5), target: id(4), type: id(6) },
      ],
      nodes: [{ id: id(4) }, { id: id(1) }, { id: id(5) }, { id: id(2) }, { id: full('alone') }],
    };
    const read = {
      nodes: ['left', 'head', 'right', 'tail', 'alone'],
      edges: [
        ['tail', 'left'],
        ['head', 'tail'],
      ],
      symmetry: [['left', 'right']],
    };
    expect(decodeSkeleton(skeleton)).toEqual(read);
    expect(decodeSkeleton({ nx_graph: skeleton, description: 'a template' })).toEqual(read);
  });

  it('numbers them apart where nodes are written in full each time', () => {
    const skeleton = {
      links: [
        { edge_insert_idx: 0, source: full('head'), target: full('left'), type: type(1) },
        { edge_insert_idx: 1, source: full('head'), target: full('right'), type: id(1) },
        { edge_insert_idx: 2, source: full('right'), target: full('tail'), type: id(1) },
      ],
      nodes: [1, 4, 2, 3].map(n => ({ id: id(n) })),
    };
    expect(decodeSkeleton(skeleton)).toEqual({
      nodes: ['head', 'tail', 'left', 'right'],
      edges: [
        ['head', 'left'],
        ['head', 'right'],
        ['right', 'tail'],
      ],
      symmetry: [],
    });
  });

  it('may keep the state of a node as an object', () => {
    const node = { 'py/object': 'sleap.skeleton.Node', 'py/state': { name: 'head', weight: 1 } };
    expect(decodeSkeleton({ links: [], nodes: [{ id: node }] }).nodes).toEqual(['head']);
  });

  it('is none when it refers to nothing', () => {
    for (const n of [0, 1, 2, 3]) expect(() => decodeSkeleton({ links: [], nodes: [{ id: id(n) }] })).toThrow();
    const link = { source: full('a'), target: full('b'), type: id(9) };
    expect(() => decodeSkeleton({ links: [link], nodes: [] })).toThrow(RangeError);
  });
});
