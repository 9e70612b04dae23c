/**
 * Where everything lies in an HDF5 file that is written in one pass.
 *
 *   head      superblock, groups, object headers, indexes of chunks, and small datasets with their data
 *   block 0   the first chunk of each large dataset, one behind the other
 *   block 1   the second ones, and so on; all blocks have the same size
 *
 * So every address is known before the first number is, and a part of the file costs only the blocks that it touches. The superblock has
 * version 0 (HDF5 File Format Specification, II.A): what libhdf5 writes unless told otherwise, read by all of its versions.
 */
import { aligned, ByteWriter, UNDEFINED_ADDRESS } from './bytes.ts';
import { writeChunkIndex } from './chunk-index.ts';
import type { Datatype } from './datatype.ts';
import { GROUP_INTERNAL_K, GROUP_LEAF_K, type Link, symbolTableEntry, writeSymbolTable } from './group.ts';
import { HeadWriter } from './head-writer.ts';
import {
  type Attribute,
  attributeMessage,
  chunkedLayoutMessage,
  contiguousLayoutMessage,
  dataspaceMessage,
  datatypeMessage,
  fillValueMessage,
  objectHeader,
  symbolTableMessage,
} from './object-header.ts';

const SUPERBLOCK_BYTES = 96;

/** A dataset that is written with the head. */
export interface SmallDataset {
  name: string;
  type: Datatype;
  /** Empty: a scalar. */
  shape: readonly number[];
  data: Uint8Array;
}

/** A dataset whose chunks lie in the blocks. */
export interface LargeDataset {
  name: string;
  type: Datatype;
  shape: readonly number[];
  /** Shape of a chunk: that of the dataset but for `axis`. */
  chunk: readonly number[];
  /** The axis along which chunks lie. */
  axis: number;
  /** Of an element in no chunk; absent: zeros. */
  fill?: Uint8Array;
  attributes?: readonly Attribute[];
}

export interface FilePlan {
  /** Of the file's root. */
  attributes: readonly Attribute[];
  /** Empty groups but for their attributes. */
  groups: readonly { name: string; attributes: readonly Attribute[] }[];
  small: readonly SmallDataset[];
  large: readonly LargeDataset[];
  /** Of each block and each large dataset, in chunks from the beginning of the dataset; ascending. Where one is left out, elements have their fill value. */
  chunkNumbers: readonly number[];
}

export interface FileLayout {
  head: Uint8Array;
  blockBytes: number;
  /** Of each large dataset: where its chunk begins in a block. */
  chunkOffsets: number[];
  blocks: number;
  sizeBytes: number;
}

export function layOut(plan: FilePlan): FileLayout {
  const chunkOffsets: number[] = [];
  let blockBytes = 0;
  for (const { chunk, type } of plan.large) {
    chunkOffsets.push(blockBytes);
    blockBytes = aligned(blockBytes + chunk.reduce((product, length) => product * length, type.sizeBytes));
  }
  const blocks = plan.chunkNumbers.length;
  const place = { chunkOffsets, blockBytes, headBytes: 0 };
  // Addresses do not change the size of the head, but the size of the head changes addresses.
  place.headBytes = buildHead(plan, place).length;
  const head = buildHead(plan, place);
  return { head, blockBytes, chunkOffsets, blocks, sizeBytes: head.length + blocks * blockBytes };
}

interface Place {
  chunkOffsets: number[];
  blockBytes: number;
  headBytes: number;
}

function buildHead(plan: FilePlan, place: Place): Uint8Array {
  const head = new HeadWriter(SUPERBLOCK_BYTES);
  const links: Link[] = [
    ...plan.small.map(dataset => ({ name: dataset.name, address: writeSmall(head, dataset) })),
    ...plan.large.map((dataset, i) => ({ name: dataset.name, address: writeLarge(head, { plan, place, i }) })),
    ...plan.groups.map(({ name, attributes }) => ({ name, address: writeGroup(head, [], attributes).address })),
  ];
  const root = writeGroup(head, links, plan.attributes);
  const sizeBytes = place.headBytes + plan.chunkNumbers.length * place.blockBytes;
  const superblock = new ByteWriter()
    .u8(0x89)
    .ascii('HDF\r\n\x1a\n')
    // Versions; sizes of addresses and of lengths.
    .u8(0, 0, 0, 0, 0, 8, 8, 0)
    .u16(GROUP_LEAF_K)
    .u16(GROUP_INTERNAL_K)
    .u32(0)
    .u64(0)
    .u64(UNDEFINED_ADDRESS)
    .u64(sizeBytes)
    .u64(UNDEFINED_ADDRESS)
    .raw(symbolTableEntry(0, root.address, root.table));
  return head.done(superblock.done());
}

function writeGroup(head: HeadWriter, links: readonly Link[], attributes: readonly Attribute[]) {
  const table = writeSymbolTable(head, links);
  const messages = [symbolTableMessage(table.treeAddress, table.heapAddress), ...attributes.map(attributeMessage)];
  return { table, address: head.put(objectHeader(messages)) };
}

function writeSmall(head: HeadWriter, { type, shape, data }: SmallDataset): number {
  const address = head.put(data);
  return head.put(
    objectHeader([
      dataspaceMessage(shape),
      datatypeMessage(type),
      fillValueMessage(false),
      contiguousLayoutMessage(address, data.length),
    ]),
  );
}

function writeLarge(head: HeadWriter, { plan, place, i }: { plan: FilePlan; place: Place; i: number }): number {
  const { type, shape, chunk, axis, fill, attributes = [] } = plan.large[i]!;
  const places = plan.chunkNumbers.map((number, block) => ({
    first: number * chunk[axis]!,
    address: place.headBytes + block * place.blockBytes + place.chunkOffsets[i]!,
  }));
  const elementBytes = type.sizeBytes;
  const layout =
    places.length === 0
      ? contiguousLayoutMessage(UNDEFINED_ADDRESS, 0)
      : chunkedLayoutMessage(writeChunkIndex(head, { chunk, elementBytes, axis, places }), chunk, elementBytes);
  return head.put(
    objectHeader([
      dataspaceMessage(shape),
      datatypeMessage(type),
      fillValueMessage(places.length > 0, fill),
      layout,
      ...attributes.map(attributeMessage),
    ]),
  );
}
