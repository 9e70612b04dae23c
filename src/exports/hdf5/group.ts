/**
 * Groups as symbol tables: a B-tree with one leaf, the names in a local heap (HDF5 File Format Specification, III.A to III.D).
 *
 * One leaf is enough for the few links here; the superblock tells readers that leaves hold that many.
 */
import { ALIGNMENT_BYTES, ByteWriter, UNDEFINED_ADDRESS } from './bytes.ts';
import type { HeadWriter } from './head-writer.ts';

/** Half of what a leaf of a group's B-tree holds; the superblock carries both. */
export const GROUP_LEAF_K = 16;
export const GROUP_INTERNAL_K = 16;

/** A heap without free space says so with 1. */
const NO_FREE_SPACE = 1;

export interface Link {
  name: string;
  /** Of the object header. */
  address: number;
}

export interface SymbolTable {
  treeAddress: number;
  heapAddress: number;
}

/** @param links at most 32, names in ASCII. */
export function writeSymbolTable(head: HeadWriter, links: readonly Link[]): SymbolTable {
  if (links.length > 2 * GROUP_LEAF_K) throw new RangeError(`an HDF5 group has ${links.length} links`);
  const sorted = links.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // The first name is the empty one, which is less than all others.
  const names = new ByteWriter().zeros(ALIGNMENT_BYTES);
  const offsets = sorted.map(({ name }) => {
    const offset = names.length;
    names.ascii(name).u8(0).pad();
    return offset;
  });
  const namesAddress = head.put(names.done());
  const heap = new ByteWriter().ascii('HEAP').u8(0, 0, 0, 0).u64(names.length).u64(NO_FREE_SPACE).u64(namesAddress);
  const heapAddress = head.put(heap.done());

  const leaf = new ByteWriter().ascii('SNOD').u8(1, 0).u16(sorted.length);
  for (const [i, { address }] of sorted.entries()) leaf.raw(symbolTableEntry(offsets[i]!, address));
  const leafAddress = head.put(leaf.zeros((2 * GROUP_LEAF_K - sorted.length) * ENTRY_BYTES).done());

  const tree = new ByteWriter()
    .ascii('TREE')
    .u8(0, 0)
    .u16(sorted.length === 0 ? 0 : 1)
    .u64(UNDEFINED_ADDRESS)
    .u64(UNDEFINED_ADDRESS);
  if (sorted.length > 0) tree.u64(0).u64(leafAddress).u64(offsets.at(-1)!);
  const wholeBytes = 24 + (4 * GROUP_INTERNAL_K + 1) * 8;
  return { treeAddress: head.put(tree.zeros(wholeBytes - tree.length).done()), heapAddress };
}

const ENTRY_BYTES = 40;

/** @param table of a group, so that readers need not look into its header. */
export function symbolTableEntry(nameOffset: number, address: number, table?: SymbolTable): Uint8Array {
  const writer = new ByteWriter().u64(nameOffset).u64(address);
  writer.u32(table ? 1 : 0).u32(0);
  if (table) writer.u64(table.treeAddress).u64(table.heapAddress);
  else writer.zeros(16);
  return writer.done();
}
