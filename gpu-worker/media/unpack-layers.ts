/**
 * Unpacks an archive on the calling thread, which it blocks: one 7-Zip instance for each layer of the archive.
 *
 * A compressed tar is two layers: 7-Zip writes what is inside to its standard output, which is a file here, so the name that the
 * compressed file claims for its content is never used; then the tar is unpacked as any other.
 */
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { archiveKind, TAR_BLOCK_BYTES } from '../../src/contract/archive-kind.ts';
import { AppError } from '../../src/errors.ts';
import { complaintOf } from './archive-complaint.ts';
import { type LayerType, openSevenZip } from './seven-zip.ts';
import type { UnpackedFile, UnpackJob } from './unpack.ts';
import { countBytes, type GuardedFs, guardWrites, type NodeFs } from './write-guard.ts';

/** By the kind of the file: the type of its outer layer, as 7-Zip's switch -t wants it. */
const OUTER_TYPES = {
  '7z': '7z',
  zip: 'zip',
  tar: 'tar',
  'tar.gz': 'gzip',
  'tar.xz': 'xz',
  'tar.bz2': 'bzip2',
} as const;
/** A tar's headers beside the bytes of its files: per entry a header, a long name of its own with a header, and padding. */
const TAR_BYTES_PER_ENTRY = 5 * TAR_BLOCK_BYTES;
const TAR_END_BYTES = 20 * TAR_BLOCK_BYTES;

/** @returns the files, as unpackArchive() does, which see. @throws what it throws, but for aborts. */
export async function unpackHere(job: UnpackJob): Promise<UnpackedFile[]> {
  const outerType = OUTER_TYPES[job.kind];
  if (job.innerTarPath === null) await unpackLayer(job, job.archivePath, outerType);
  else {
    await decompress(job, outerType, job.innerTarPath);
    await unpackLayer(job, job.innerTarPath, 'tar');
  }
  const files = listFiles(resolve(job.targetDir));
  if (files.length === 0) throw new AppError('archive_invalid', 'The archive holds no files.');
  return files;
}

/**
 * Unpacks a layer that has names: all of it, asking nothing, without links.
 * @throws AppError archive_invalid, archive_too_large, password_needed, password_wrong.
 */
async function unpackLayer(job: UnpackJob, path: string, type: LayerType): Promise<void> {
  const layer = await openSevenZip(path, type, job.password);
  const { FS, NODEFS } = layer.sevenZip;
  FS.mkdir('/out');
  FS.mount(NODEFS, { root: resolve(job.targetDir) }, '/out');
  guardWrites(NODEFS as unknown as NodeFs, FS as unknown as GuardedFs, job);
  const outcome = layer.run(['x', '-y', '-bso0', '-snl-', '-o/out']);
  if (!outcome.succeeded) throw await complaintOf(path, type, job.password, outcome);
}

/** Decompresses a layer that is one file. @throws AppError archive_invalid, archive_too_large. */
async function decompress(job: UnpackJob, type: LayerType, tarPath: string): Promise<void> {
  const layer = await openSevenZip(job.archivePath, type, null);
  const count = countBytes(job, job.maxEntries * TAR_BYTES_PER_ENTRY + TAR_END_BYTES);
  const file = openSync(tarPath, 'w');
  layer.writeOutput(chunk => {
    count(chunk.length);
    for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
  });
  const outcome = layer.run(['x', '-y', '-so']);
  closeSync(file);
  if (!outcome.succeeded) throw await complaintOf(job.archivePath, type, null, outcome);
  if (!isTar(tarPath)) {
    throw new AppError('archive_invalid', `The ${type} file holds no tar archive, so there are no files in it.`, {
      remedy: 'Pack a folder, as tar.gz, tar.xz, 7z or zip.',
    });
  }
}

function isTar(path: string): boolean {
  const start = new Uint8Array(TAR_BLOCK_BYTES);
  const file = openSync(path, 'r');
  const bytesRead = readSync(file, start);
  closeSync(file);
  return archiveKind(start.subarray(0, bytesRead)) === 'tar';
}

function listFiles(root: string): UnpackedFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => ({ path: relative(root, path).split(sep).join('/'), sizeBytes: statSync(path).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
