/**
 * The files a dataset may arrive as, told by their content alone: a name says nothing in a JSON body, and little elsewhere.
 *
 * Signatures: 7zFormat.txt; APPNOTE.TXT 4.3 (zip); RFC 1952 (gzip); xz-file-format.txt 2.1.1.1; the bzip2 block magic; POSIX ustar, and
 * for tars from before it the checksum of the first header; HDF5 File Format 3.0 II.A, which allows a user block before its signature.
 * A compressed file counts as a compressed tar: only unpacking can tell. Here because the door and the worker must agree.
 */
export type ArchiveKind = '7z' | 'zip' | 'tar' | 'tar.gz' | 'tar.xz' | 'tar.bz2';

/** What tells them all apart: up to the signature of an HDF5 file behind a user block of 2048 bytes. */
export const FIRST_BYTES = 2048 + 8;

/** What a person may send, for sentences. */
export const DATASET_KINDS = 'a 7z, zip, tar, tar.gz, tar.xz or tar.bz2 archive, or an HDF5 file (.slp, .pkg.slp)';

const SIGNATURES: [ArchiveKind, number[]][] = [
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]], // one without files
  ['tar.gz', [0x1f, 0x8b, 0x08]],
  ['tar.xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['tar.bz2', [0x42, 0x5a, 0x68]],
];
/** After "BZh" and a digit: the beginning of a block, or the end of a file of 0 bytes. */
const BZIP2_BLOCKS = [
  [0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
  [0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
];
const USTAR = [0x75, 0x73, 0x74, 0x61, 0x72];
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** A tar is made of blocks of this size; the first one is a header. */
export const TAR_BLOCK_BYTES = 512;

/**
 * @param start the first FIRST_BYTES, or all there are.
 * @returns null for anything else, an HDF5 file among it. Never throws.
 */
export function archiveKind(start: Uint8Array): ArchiveKind | null {
  const kind = SIGNATURES.find(([, signature]) => startsWith(start, signature))?.[0] ?? null;
  if (kind === 'tar.bz2') return BZIP2_BLOCKS.some(block => startsWith(start, block, 4)) ? kind : null;
  if (kind !== null) return kind;
  return startsWith(start, USTAR, 257) || hasTarChecksum(start) ? 'tar' : null;
}

/** @param start the first FIRST_BYTES, or all there are. A tar whose first file is HDF5 has the signature as well, and is a tar. */
export function isHdf5Start(start: Uint8Array): boolean {
  return [0, 512, 1024, 2048].some(at => startsWith(start, HDF5, at)) && archiveKind(start) === null;
}

/** Whether the first block is a tar header: its bytes, the checksum's own taken as spaces, add up to the checksum. */
export function hasTarChecksum(start: Uint8Array): boolean {
  if (start.length < TAR_BLOCK_BYTES || start[0] === 0) return false;
  const field = String.fromCharCode(...start.subarray(148, 156));
  const digits = /^ *([0-7]{1,7})[ \0]/.exec(`${field} `)?.[1];
  if (!digits) return false;
  const header = start.subarray(0, TAR_BLOCK_BYTES);
  const [unsigned, signed] = [header, new Int8Array(header)].map(bytes =>
    (bytes as Uint8Array).reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0),
  );
  const expected = Number.parseInt(digits, 8);
  return expected === unsigned || expected === signed; // some old tars summed signed bytes
}

function startsWith(bytes: Uint8Array, signature: readonly number[], at = 0): boolean {
  return signature.every((byte, i) => bytes[at + i] === byte);
}
