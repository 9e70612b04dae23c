/**
 * The index of a chunked dataset's chunks: a B-tree of version 1 (HDF5 File Format Specification, III.A.1).
 *
 * Chunks lie side by side along one axis. A node holds 64 of them or 64 nodes of the level below, which is what libhdf5 takes for granted
 * in files whose superblock says nothing about it, and it always takes up the space of a full one.
 */
import { ByteWriter, UNDEFINED_ADDRESS } from './bytes.ts';
import type { HeadWriter } from './head-writer.ts';

/** Twice the "indexed storage internal node K" of 32. */
const MAX_CHILDREN = 64;

export interface IndexedChunks {
  /** Shape of a chunk. */
  chunk: readonly number[];
  elementBytes: number;
  /** The axis along which the chunks lie. */
  axis: number;
  /** Of each chunk its first index along the axis, ascending, and its address. At least one. */
  places: readonly { first: number; address: number }[];
}

interface Node {
  /** First index along the axis of what it holds. */
  first: number;
  address: number;
}

/** @returns the address of the root. */
export function writeChunkIndex(head: HeadWriter, chunks: IndexedChunks): number {
  let level = 0;
  let children: readonly Node[] = chunks.places;
  do {
    children = writeLevel(head, chunks, { level, children });
    level++;
  } while (children.length > 1);
  return children[0]!.address;
}

/** @returns the level's nodes. */
function writeLevel(
  head: HeadWriter,
  chunks: IndexedChunks,
  { level, children }: { level: number; children: readonly Node[] },
): Node[] {
  const count = Math.ceil(children.length / MAX_CHILDREN);
  const keyBytes = 8 + 8 * (chunks.chunk.length + 1);
  const nodeBytes = 24 + MAX_CHILDREN * (keyBytes + 8) + keyBytes;
  const firstAddress = head.sizeBytes;
  return Array.from({ length: count }, (_, i) => {
    const within = children.slice(i * MAX_CHILDREN, (i + 1) * MAX_CHILDREN);
    const next = children[(i + 1) * MAX_CHILDREN];
    const writer = new ByteWriter()
      .ascii('TREE')
      .u8(1, level)
      .u16(within.length)
      .u64(i === 0 ? UNDEFINED_ADDRESS : firstAddress + (i - 1) * nodeBytes)
      .u64(i === count - 1 ? UNDEFINED_ADDRESS : firstAddress + (i + 1) * nodeBytes);
    for (const { first, address } of within) {
      writeKey(writer, chunks, first);
      writer.u64(address);
    }
    if (next) writeKey(writer, chunks, next.first);
    else writeEndKey(writer, chunks);
    const address = head.put(writer.zeros(nodeBytes - writer.length).done());
    return { first: within[0]!.first, address };
  });
}

/** Bytes of a chunk, no filter left out, and its place in the dataset; the last dimension is that of the element's bytes. */
function writeKey(writer: ByteWriter, { chunk, elementBytes, axis }: IndexedChunks, first: number): void {
  writer.u32(chunk.reduce((product, length) => product * length, elementBytes)).u32(0);
  for (const i of chunk.keys()) writer.u64(i === axis ? first : 0);
  writer.u64(0);
}

/** What is greater than every chunk: one further in all dimensions, as libhdf5 has it. */
function writeEndKey(writer: ByteWriter, { chunk, elementBytes, axis, places }: IndexedChunks): void {
  writer.u32(0).u32(0);
  for (const [i, length] of chunk.entries()) writer.u64(i === axis ? places.at(-1)!.first + length : length);
  writer.u64(elementBytes);
}
