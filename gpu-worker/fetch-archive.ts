/**
 * Brings an archive from the blob store into the task's scratch folder and unpacks it there, within the operator's limits. A dataset may
 * also be a bare .slp or .pkg.slp, which then lies in a folder of its own.
 */
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFolder } from './data/formats/format.ts';
import { fetchBlob } from './fetch-blob.ts';
import { isHdf5 } from './media/first-bytes.ts';
import { unpackArchive } from './media/unpack.ts';
import type { TaskContext } from './task-context.ts';

/** The name of a dataset that came as one file of labels. */
const BARE_NAME = 'dataset.slp';

/**
 * @param wanted.what it is: the names of the folder and of the phase. @param wanted.password of an encrypted archive.
 * @throws AppError archive_invalid, archive_too_large, password_needed, password_wrong; the signal's reason after an abort.
 */
export async function fetchArchive(
  ctx: TaskContext,
  blobId: string,
  { what, password }: { what: 'dataset' | 'model'; password?: string | undefined },
): Promise<DatasetFolder> {
  ctx.report(`fetching the ${what}`);
  const folder = join(ctx.scratchDir, what);
  const archive = `${folder}.archive`;
  await fetchBlob(ctx, blobId, archive);

  ctx.report('unpacking');
  await mkdir(folder);
  if (what === 'dataset' && (await isHdf5(archive))) {
    await rename(archive, join(folder, BARE_NAME));
    const { size: sizeBytes } = await stat(join(folder, BARE_NAME));
    return { folder, files: [{ path: BARE_NAME, sizeBytes }] };
  }
  const { MAX_ARCHIVE_BYTES: maxBytes, MAX_ARCHIVE_ENTRIES: maxEntries } = ctx.config;
  const limits = { maxBytes, maxEntries, ...(password !== undefined && { password }) };
  return { folder, files: await unpackArchive(archive, folder, limits, ctx.signal) };
}
