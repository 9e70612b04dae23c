/**
 * Small archives that unpack to gigabytes of zeros, made in milliseconds: compressed data of some megabytes of zeros is repeated, which
 * deflate (after a full flush) and LZMA2 (whose chunks may start anew) allow.
 *
 * Checksums at the end are wrong, which nobody should live to see: the quota comes first.
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { zipOf } from './zip-writer.ts';

const MEGABYTE = 1_000_000;

/** Raw deflate of `sizeBytes` zeros, a multiple of 10 MB, behind `prefix`. */
function deflatedZeros(sizeBytes: number, prefix: Uint8Array = new Uint8Array(0)): Buffer {
  const flush = { finishFlush: constants.Z_FULL_FLUSH };
  const start = deflateRawSync(prefix, flush);
  const part = deflateRawSync(Buffer.alloc(10 * MEGABYTE), flush);
  return Buffer.concat([start, ...new Array<Buffer>(sizeBytes / (10 * MEGABYTE)).fill(part), deflateRawSync('')]);
}

/** A zip with one file of zeros; it claims its size if that fits into 32 bits, else just less than that. */
export function zipBomb(sizeBytes: number): Buffer {
  return zipOf([{ name: 'zeros', deflated: deflatedZeros(sizeBytes), sizeBytes: Math.min(sizeBytes, 0xfffffffe) }]);
}

/** A gzip of zeros behind `prefix`, such as the header of a tar. */
export function gzipBomb(sizeBytes: number, prefix?: Uint8Array): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  return Buffer.concat([header, deflatedZeros(sizeBytes, prefix), Buffer.alloc(8)]);
}

/**
 * A 7z (7zFormat.txt) with one file of zeros, packed with LZMA2.
 * @param chunk an LZMA2 chunk with a reset of everything, which unpacks to `chunkBytes` zeros.
 */
export function sevenZipBomb(sizeBytes: number, chunk: Uint8Array, chunkBytes: number): Buffer {
  const packed = Buffer.concat([
    ...new Array<Uint8Array>(Math.ceil(sizeBytes / chunkBytes)).fill(chunk),
    Buffer.alloc(1),
  ]);
  const folder = [1, 0x21, 0x21, 1, 24]; // one coder with properties: LZMA2, a dictionary of 16 MB
  const header = Buffer.from([
    ...[0x01, 0x04], // header, streams
    ...[0x06, 0, 1, 0x09, ...sevenZipNumber(packed.length), 0],
    ...[0x07, 0x0b, 1, 0, ...folder, 0x0c, ...sevenZipNumber(sizeBytes), 0],
    ...[0x08, 0, 0],
    ...[0x05, 1, 0x11, 13, 0, ...Buffer.from('zeros\0', 'utf16le'), 0],
    0,
  ]);
  const start = Buffer.alloc(20);
  start.writeBigUInt64LE(BigInt(packed.length), 0);
  start.writeBigUInt64LE(BigInt(header.length), 8);
  start.writeUInt32LE(crc32(header), 16);
  const signature = Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4, 0, 0, 0, 0]);
  signature.writeUInt32LE(crc32(start), 8);
  return Buffer.concat([signature, start, packed, header]);
}

/** A number as 7z writes it, in its longest form: FF and eight bytes. */
function sevenZipNumber(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0xff);
  bytes.writeBigUInt64LE(BigInt(value), 1);
  return bytes;
}
