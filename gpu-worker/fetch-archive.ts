/** Brings an archive from the blob store into the task's scratch folder and unpacks it there, within the operator's limits. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchBlob } from './fetch-blob.ts';
import { type UnpackedFile, unpackArchive } from './media/unpack.ts';
import type { TaskContext } from './task-context.ts';

/**
 * @param what it is: the names of the folder and of the phase.
 * @throws AppError archive_invalid, archive_too_large; the signal's reason after an abort.
 */
export async function fetchArchive(
  ctx: TaskContext,
  blobId: string,
  what: 'dataset' | 'model',
): Promise<{ folder: string; files: UnpackedFile[] }> {
  ctx.report(`fetching the ${what}`);
  const folder = join(ctx.scratchDir, what);
  const archive = `${folder}.archive`;
  await fetchBlob(ctx, blobId, archive);

  ctx.report('unpacking');
  await mkdir(folder);
  const limits = { maxBytes: ctx.config.MAX_ARCHIVE_BYTES, maxEntries: ctx.config.MAX_ARCHIVE_ENTRIES };
  return { folder, files: await unpackArchive(archive, folder, limits, ctx.signal) };
}
