/**
 * Names of files in a zip that are neither UTF-8 nor marked as such: Windows' own "compressed folder" and older packers write them in
 * the code page of the machine, a Russian one in 866, some in 1251, a Western one in 850 or 1252; early .NET put `\` between folders.
 *
 * 7-Zip passes such bytes on as they are, and Emscripten takes them for broken UTF-8 and swallows slashes, so nothing is unpacked; its
 * switch -mcp does nothing in this build (tried with 24.09). But it reads the "Info-ZIP Unicode Path" field (APPNOTE.TXT 4.6.9). So it is
 * shown the zip with another directory at its end, which has that field. The code page is a guess by the bytes, one for all names. Left
 * out: other code pages, whose letters come out as wrong ones, and zip64.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const END_RECORD_BYTES = 22;
const END_MAX_BYTES = END_RECORD_BYTES + 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
/** A directory of 200,000 entries with names of 100 bytes takes 30 MB. */
const DIRECTORY_MAX_BYTES = 64 * 2 ** 20;
/** General purpose bit 11: the name is UTF-8. */
const UTF8_FLAG = 0x800;
const UNICODE_PATH = 0x7075;

/** How to show a zip: its first `keptBytes` bytes as they are, then `tail`. */
export interface ZipEnd {
  keptBytes: number;
  tail: Uint8Array;
}

/** @returns null for a zip whose names need no help, or that is too unusual to be helped. @throws the error of node:fs. */
export function readTailWithUnicodeNames(path: string): ZipEnd | null {
  const file = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(file).size;
    const end = readAt(file, Math.max(0, sizeBytes - END_MAX_BYTES), Math.min(sizeBytes, END_MAX_BYTES));
    const at = end.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (at < 0 || end.length - at < END_RECORD_BYTES) return null;
    const [directoryBytes, directoryAt] = [end.readUInt32LE(at + 12), end.readUInt32LE(at + 16)];
    const isPlain = directoryAt + directoryBytes === sizeBytes - end.length + at;
    if (!isPlain || directoryBytes > DIRECTORY_MAX_BYTES) return null;
    const directory = withUnicodeNames(readAt(file, directoryAt, directoryBytes));
    if (directory === null) return null;
    const record = Buffer.from(end.subarray(at));
    record.writeUInt32LE(directory.length, 12);
    return { keptBytes: directoryAt, tail: Buffer.concat([directory, record]) };
  } finally {
    closeSync(file);
  }
}

/** @returns null if no name is in a code page, or the directory is damaged. */
function withUnicodeNames(directory: Buffer): Buffer | null {
  const entries: Buffer[] = [];
  for (let at = 0; at < directory.length; ) {
    if (directory.length - at < ENTRY_BYTES || directory.readUInt32LE(at) !== ENTRY) return null;
    const parts = [28, 30, 32].map(offset => directory.readUInt16LE(at + offset)); // name, extra fields, comment
    const next = at + ENTRY_BYTES + parts[0]! + parts[1]! + parts[2]!;
    if (next > directory.length) return null;
    entries.push(directory.subarray(at, next));
    at = next;
  }
  const foreign = entries.map(nameOf).filter(name => name !== null);
  if (foreign.length === 0) return null;
  const decode = decoderFor(Buffer.concat(foreign.flatMap(name => [name, Buffer.from('/')])));
  return Buffer.concat(entries.map(entry => withUnicodeName(entry, decode)));
}

/** The bytes of a name that has a `\` or is in a code page; null for any other, and for one marked as UTF-8. */
function nameOf(entry: Buffer): Buffer | null {
  if (entry.readUInt16LE(8) & UTF8_FLAG) return null;
  const name = entry.subarray(ENTRY_BYTES, ENTRY_BYTES + entry.readUInt16LE(28));
  return isUtf8(name) && !name.includes('\\') ? null : name;
}

/**
 * By the letters that one page has where the other has none. Neighbours beyond ASCII are a Cyrillic word, single ones a Western one.
 * Cyrillic: 866 keeps box drawings at C0 to DF and half of its small letters at A0 to AF, 1251 few letters at 80 to AF. Western: 850 has its letters below C0, 1252 above.
 */
function decoderFor(names: Buffer): (name: Buffer) => string {
  const high = names.filter(byte => byte >= 0x80).length;
  const neighbours = names.filter((byte, i) => byte >= 0x80 && (names[i + 1] ?? 0) >= 0x80).length;
  const upper = names.filter(byte => (byte >= 0xc0 && byte <= 0xdf) || byte >= 0xf2).length;
  const lower = names.filter(byte => byte >= 0x80 && byte <= 0xaf).length;
  if (neighbours * 3 >= high) return decoderOf(upper >= lower ? 'windows-1251' : 'ibm866');
  const western = names.filter(byte => byte >= 0xc0 && byte !== SHARP_S_850).length;
  return western > lower ? decoderOf('windows-1252') : decodeWestern850;
}

function decoderOf(codePage: string): (name: Buffer) => string {
  const decoder = new TextDecoder(codePage);
  return name => decoder.decode(name);
}

/** Of code page 850, and but for a few of 437: the letters from 80 on. */
const WESTERN_850 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑ';
const SHARP_S_850 = 0xe1;

function decodeWestern850(name: Buffer): string {
  const letters = Array.from(name, byte => {
    if (byte < 0x80) return String.fromCharCode(byte);
    return byte === SHARP_S_850 ? 'ß' : (WESTERN_850[byte - 0x80] ?? '_');
  });
  return letters.join('');
}

function withUnicodeName(entry: Buffer, decode: (name: Buffer) => string): Buffer {
  const name = nameOf(entry);
  if (name === null) return entry;
  const decoded = isUtf8(name) ? name.toString() : decode(name);
  const unicodeName = Buffer.from(decoded.replaceAll('\\', '/'));
  const field = Buffer.alloc(9);
  field.writeUInt16LE(UNICODE_PATH, 0);
  field.writeUInt16LE(5 + unicodeName.length, 2);
  field.writeUInt8(1, 4); // its version
  field.writeUInt32LE(crc32(name), 5);
  const head = Buffer.from(entry.subarray(0, ENTRY_BYTES));
  const extraBytes = head.readUInt16LE(30) + field.length + unicodeName.length;
  if (extraBytes > 0xffff) return entry;
  head.writeUInt16LE(extraBytes, 30);
  return Buffer.concat([head, name, field, unicodeName, entry.subarray(ENTRY_BYTES + name.length)]);
}

function isUtf8(name: Buffer): boolean {
  return Buffer.from(name.toString()).equals(name);
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
