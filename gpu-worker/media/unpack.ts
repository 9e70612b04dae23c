/**
 * Unpacks a dataset: 7z above all, and whatever else 7-Zip reads (zip, tar, rar).
 *
 * 7-Zip runs as WebAssembly (7z-wasm) in a thread that is killed on abort. Its writes pass a byte and entry quota, so a bomb stops
 * at the limit, not when the disk is full. libarchive.js was measured and refused: wrong or missing files without an error for
 * PPMd, deflate64, AES and entries over 4 GiB. Left out: passwords, multi-volume archives, links (they are skipped).
 */
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

/** What the thread is given. */
export interface UnpackJob extends UnpackLimits {
  archivePath: string;
  targetDir: string;
}

/**
 * Unpacks the archive into `targetDir`, which must exist; nothing is ever written outside it. After an error it holds whatever was
 * unpacked so far, for the caller to remove.
 * @returns the regular files, sorted by path.
 * @throws AppError archive_invalid, archive_too_large; the signal's reason after an abort.
 */
export function unpackArchive(
  archivePath: string,
  targetDir: string,
  { maxBytes, maxEntries }: UnpackLimits,
  signal?: AbortSignal,
): Promise<UnpackedFile[]> {
  const job: UnpackJob = { archivePath, targetDir, maxBytes, maxEntries };
  return askThread(new URL('./unpack-thread.ts', import.meta.url), job, signal);
}
