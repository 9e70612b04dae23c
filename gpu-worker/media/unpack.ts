/**
 * Unpacks what a dataset or a model arrives in: 7z, zip, tar, and tar compressed with gzip, xz or bzip2, told by their content.
 *
 * 7-Zip runs as WebAssembly (7z-wasm) in a thread that is killed on abort. Its writes pass a byte and entry quota, so a bomb stops
 * at the limit, not when the disk is full. libarchive.js was measured and refused: wrong or missing files without an error for
 * PPMd, deflate64, AES and entries over 4 GiB. Whatever else 7-Zip reads (disk images, installers) is refused: nobody sends datasets in
 * it, and each reader is a surface to attack. Left out: multi-volume archives, links (they are skipped).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ArchiveKind, archiveKind } from '../../src/contract/archive-kind.ts';
import { AppError } from '../../src/errors.ts';
import { firstBytes } from './first-bytes.ts';
import { askThread } from './thread.ts';

export interface UnpackedFile {
  /** Relative to the target folder, with `/`. */
  path: string;
  sizeBytes: number;
}

export interface UnpackLimits {
  /** MAX_ARCHIVE_BYTES: the sum of the bytes written. */
  maxBytes: number;
  /** MAX_ARCHIVE_ENTRIES: files and folders. */
  maxEntries: number;
}

/** What is given besides the archive; a password that the archive does not need goes unused. */
export interface UnpackOptions extends UnpackLimits {
  password?: string | undefined;
}

/** What the thread is given. */
export interface UnpackJob extends UnpackLimits {
  archivePath: string;
  kind: ArchiveKind;
  targetDir: string;
  /** null: none was given, or an empty one. */
  password: string | null;
  /** Where a compressed tar is decompressed to; null for the other kinds. */
  innerTarPath: string | null;
}

/**
 * Unpacks the archive into `targetDir`, which must exist; nothing is ever written outside it, but for the inside of a compressed tar,
 * which lies in a folder beside it for as long as this takes. After an error `targetDir` holds whatever was unpacked so far, for the
 * caller to remove.
 * @returns the regular files, sorted by path.
 * @throws AppError archive_invalid, archive_too_large, password_needed, password_wrong; the signal's reason after an abort.
 */
export async function unpackArchive(
  archivePath: string,
  targetDir: string,
  { maxBytes, maxEntries, password }: UnpackOptions,
  signal?: AbortSignal,
): Promise<UnpackedFile[]> {
  signal?.throwIfAborted();
  const kind = await readKind(archivePath);
  const job = { archivePath, kind, targetDir, maxBytes, maxEntries, password: password || null };
  if (kind === '7z' || kind === 'zip' || kind === 'tar') return askUnpackThread({ ...job, innerTarPath: null }, signal);
  const folder = await mkdtemp(join(dirname(resolve(targetDir)), 'inner-tar-'));
  try {
    return await askUnpackThread({ ...job, innerTarPath: join(folder, 'inner.tar') }, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function askUnpackThread(job: UnpackJob, signal?: AbortSignal): Promise<UnpackedFile[]> {
  return askThread(new URL('./unpack-thread.ts', import.meta.url), job, signal);
}

async function readKind(archivePath: string): Promise<ArchiveKind> {
  const start = await firstBytes(archivePath);
  if (start.length === 0) throw new AppError('archive_invalid', 'The archive is an empty file (0 bytes).');
  const kind = archiveKind(start);
  if (kind !== null) return kind;
  throw new AppError('archive_invalid', 'The file is not an archive that can be read.', {
    remedy: 'Pack it again: a dataset as .7z, a model as .zip.',
  });
}
