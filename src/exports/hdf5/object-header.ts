/**
 * Object headers of version 1 and the messages in them (HDF5 File Format Specification, IV.A): what a group or a dataset is.
 *
 * Version 1 is what libhdf5 itself writes unless it is told otherwise, and needs no checksums. A message holds at most 65,535 bytes, so an
 * attribute cannot be larger than about 64 KB.
 */
import { ALIGNMENT_BYTES, ByteWriter, UNDEFINED_ADDRESS } from './bytes.ts';
import type { Datatype } from './datatype.ts';

interface Message {
  type: number;
  data: Uint8Array;
}

export interface Attribute {
  name: string;
  /** A scalar. */
  type: Datatype;
  value: Uint8Array;
}

/** What an attribute's value may take at most, with room for its name and its type. */
export const MAX_ATTRIBUTE_BYTES = 64_000;

/** Space for chunks is taken as they are written, that of other datasets late; 2: a fill value is written where one is set. */
const FILL = { version: 2, late: 2, incremental: 3, ifSet: 2 } as const;
const LAYOUT_VERSION = 3;

export function objectHeader(messages: readonly Message[]): Uint8Array {
  const body = new ByteWriter();
  for (const { type, data } of messages) {
    const padded = new ByteWriter().raw(data).pad().done();
    if (padded.length > 0xffff) throw new RangeError(`a message of an HDF5 object header has ${padded.length} bytes`);
    body.u16(type).u16(padded.length).u8(0, 0, 0, 0).raw(padded);
  }
  return new ByteWriter()
    .u8(1, 0)
    .u16(messages.length)
    .u32(1)
    .u32(body.length)
    .zeros(ALIGNMENT_BYTES - 4)
    .raw(body.done())
    .done();
}

/** @param shape empty: a scalar. */
export function dataspaceMessage(shape: readonly number[]): Message {
  const writer = new ByteWriter().u8(1, shape.length, 0, 0, 0, 0, 0, 0);
  for (const length of shape) writer.u64(length);
  return { type: 0x01, data: writer.done() };
}

export function datatypeMessage({ message }: Datatype): Message {
  return { type: 0x03, data: message };
}

/** @param value of one element; absent: zeros. */
export function fillValueMessage(chunked: boolean, value: Uint8Array = new Uint8Array()): Message {
  const writer = new ByteWriter().u8(FILL.version, chunked ? FILL.incremental : FILL.late, FILL.ifSet, 1);
  return { type: 0x05, data: writer.u32(value.length).raw(value).done() };
}

export function contiguousLayoutMessage(address: number, sizeBytes: number): Message {
  const place = sizeBytes === 0 ? UNDEFINED_ADDRESS : address;
  return { type: 0x08, data: new ByteWriter().u8(LAYOUT_VERSION, 1).u64(place).u64(sizeBytes).done() };
}

export function chunkedLayoutMessage(indexAddress: number, chunk: readonly number[], elementBytes: number): Message {
  const writer = new ByteWriter().u8(LAYOUT_VERSION, 2, chunk.length + 1).u64(indexAddress);
  for (const length of chunk) writer.u32(length);
  return { type: 0x08, data: writer.u32(elementBytes).done() };
}

export function symbolTableMessage(treeAddress: number, heapAddress: number): Message {
  return { type: 0x11, data: new ByteWriter().u64(treeAddress).u64(heapAddress).done() };
}

export function attributeMessage({ name, type, value }: Attribute): Message {
  const encodedName = new ByteWriter().ascii(name).u8(0).done();
  const { data: dataspace } = dataspaceMessage([]);
  const writer = new ByteWriter().u8(1, 0).u16(encodedName.length).u16(type.message.length).u16(dataspace.length);
  for (const part of [encodedName, type.message, dataspace]) writer.raw(part).pad();
  return { type: 0x0c, data: writer.raw(value).done() };
}
