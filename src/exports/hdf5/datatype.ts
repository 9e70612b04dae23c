/**
 * Types of HDF5's elements, as their datatype messages describe them (HDF5 File Format Specification, IV.A.2.d).
 *
 * Version 1 of the message, which every libhdf5 and every other reader knows. Numbers are little-endian; strings have a fixed length and
 * end in zeros, as NumPy's; members of compounds lie packed. Leaves out variable-length strings, which would need a heap of their own.
 */
import { ByteWriter } from './bytes.ts';

export interface Datatype {
  /** Of an element. */
  sizeBytes: number;
  /** The message's data. */
  message: Uint8Array;
}

const VERSION = 1;
const CLASSES = { integer: 0, float: 1, string: 3, compound: 6, enumeration: 8 } as const;

function header(kind: keyof typeof CLASSES, flags: [number, number, number], sizeBytes: number): ByteWriter {
  return new ByteWriter().u8((VERSION << 4) | CLASSES[kind], ...flags).u32(sizeBytes);
}

function integer(sizeBytes: number, signed: boolean): Datatype {
  const message = header('integer', [signed ? 8 : 0, 0, 0], sizeBytes)
    .u16(0)
    .u16(8 * sizeBytes)
    .done();
  return { sizeBytes, message };
}

/** IEEE 754: `exponentBits` above `mantissaBits`, the sign above both. */
function float(sizeBytes: number, exponentBits: number, mantissaBits: number): Datatype {
  const bits = 8 * sizeBytes;
  // 0x20: the mantissa's highest bit is implied.
  const message = header('float', [0x20, bits - 1, 0], sizeBytes)
    .u16(0)
    .u16(bits)
    .u8(mantissaBits, exponentBits, 0, mantissaBits)
    .u32(2 ** (exponentBits - 1) - 1)
    .done();
  return { sizeBytes, message };
}

export const UINT8 = integer(1, false);
export const UINT32 = integer(4, false);
export const UINT64 = integer(8, false);
export const INT32 = integer(4, true);
export const INT64 = integer(8, true);
export const FLOAT32 = float(4, 8, 23);
export const FLOAT64 = float(8, 11, 52);

/** h5py's bool: an enumeration over int8. */
export const BOOLEAN: Datatype = {
  sizeBytes: 1,
  message: header('enumeration', [2, 0, 0], 1)
    .raw(integer(1, true).message)
    .raw(paddedName('FALSE'))
    .raw(paddedName('TRUE'))
    .u8(0, 1)
    .done(),
};

/** @param sizeBytes at least 1; shorter strings are padded with zeros. @param utf8 rather than ASCII. */
export function fixedString(sizeBytes: number, utf8: boolean): Datatype {
  const padding = 1;
  return { sizeBytes, message: header('string', [padding | (utf8 ? 1 << 4 : 0), 0, 0], sizeBytes).done() };
}

/** Members in the order of their bytes. */
export function compound(members: readonly (readonly [name: string, type: Datatype])[]): Datatype {
  const sizeBytes = members.reduce((sum, [, type]) => sum + type.sizeBytes, 0);
  const writer = header('compound', [members.length & 0xff, members.length >> 8, 0], sizeBytes);
  let offset = 0;
  for (const [name, type] of members) {
    // Zeros: no dimensions, their permutation, reserved bytes and four sizes.
    writer.raw(paddedName(name)).u32(offset).zeros(28).raw(type.message);
    offset += type.sizeBytes;
  }
  return { sizeBytes, message: writer.done() };
}

/** Ends in at least one zero. */
function paddedName(name: string): Uint8Array {
  return new ByteWriter().ascii(name).u8(0).pad().done();
}
