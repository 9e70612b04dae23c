/**
 * Writes zips by hand (APPNOTE.TXT 6.3), for names, attributes and encryption that no packer writes: the code pages of old Windows,
 * `../`, symbolic links, bombs, and passwords that are not ASCII.
 */
import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** Bytes may be of any code page. */
  name: string | Uint8Array;
  content?: string | Uint8Array;
  /** Deflated, whatever it is; then `sizeBytes` says what it claims to unpack to. */
  deflated?: Uint8Array;
  sizeBytes?: number;
  /** Marks the name as UTF-8. */
  utf8?: boolean;
  /** Of Unix, with the kind of file: 0o120777 is a symbolic link. */
  unixMode?: number;
  /** Encrypts with the old method, ZipCrypto. */
  password?: string;
}

/** A zip of these entries; a zip64 where asked for, or where there are more entries than 16 bits count. */
export function zipOf(entries: readonly ZipEntry[], { zip64 = entries.length >= 0xffff } = {}): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const { fields, data } = pack(entry, name.length);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.unixMode ?? 0) * 0x10000) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    const madeBy = Buffer.from([20, entry.unixMode === undefined ? 0 : 3]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, fields, rest, name]));
    files.push(local);
    at += local.length;
  }
  return Buffer.concat([...files, ...directory, endOf(entries.length, Buffer.concat(directory).length, at, zip64)]);
}

/** The end record, with those of zip64 before it. */
function endOf(entries: number, directoryBytes: number, directoryAt: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(zip64 ? 0xffff : entries, 8);
  end.writeUInt16LE(zip64 ? 0xffff : entries, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : directoryBytes, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : directoryAt, 16);
  if (!zip64) return end;
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  const numbers = [entries, entries, directoryBytes, directoryAt];
  for (const [i, value] of numbers.entries()) record.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(directoryAt + directoryBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

/** The fields that a local header and the directory share, from the version to the lengths, and the data. */
function pack(entry: ZipEntry, nameBytes: number): { fields: Buffer; data: Buffer } {
  const content = Buffer.from(entry.content ?? '');
  const checksum = crc32(content);
  const packed = Buffer.from(entry.deflated ?? deflateRawSync(content));
  const data = entry.password === undefined ? packed : zipCrypto(packed, Buffer.from(entry.password), checksum);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE((entry.utf8 ? 0x800 : 0) | (entry.password === undefined ? 0 : 1), 2);
  fields.writeUInt16LE(8, 4); // deflate
  fields.writeUInt16LE(0x21, 8); // 1980-01-01
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(entry.sizeBytes ?? content.length, 18);
  fields.writeUInt16LE(nameBytes, 22);
  return { fields, data };
}

/** APPNOTE.TXT 6.1: three keys stirred by every byte, a header of 12 bytes that ends with a byte of the checksum. */
function zipCrypto(data: Buffer, password: Buffer, checksum: number): Buffer {
  let keys: [number, number, number] = [0x12345678, 0x23456789, 0x34567890];
  const stir = (byte: number) => {
    const low = crcStep(keys[0], byte);
    const middle = (Math.imul((keys[1] + (low & 0xff)) >>> 0, 134775813) + 1) >>> 0;
    keys = [low, middle, crcStep(keys[2], middle >>> 24)];
  };
  for (const byte of password) stir(byte);
  const plain = Buffer.concat([randomBytes(11), Buffer.from([checksum >>> 24]), data]);
  return plain.map(byte => {
    const mixed = (keys[2] | 2) & 0xffff;
    const cipher = byte ^ (Math.imul(mixed, mixed ^ 1) >>> 8);
    stir(byte);
    return cipher & 0xff;
  }) as Buffer;
}

/** One step of CRC-32 without its inversions. */
function crcStep(crc: number, byte: number): number {
  return ~crc32(Uint8Array.of(byte), ~crc >>> 0) >>> 0;
}
