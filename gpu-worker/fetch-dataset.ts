/**
 * From a dataset blob to labelled frames on this machine: fetch, unpack under quotas, find out the format, read the labels. Frames that lie
 * in a package or a video are taken out into files of the task's scratch folder, so that from here on every format is images and points.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetOptions } from '../src/contract/dataset.ts';
import type { DatasetFolder, LabelledDataset } from './data/formats/format.ts';
import { readDataset } from './data/formats/read-dataset.ts';
import { fetchArchive } from './fetch-archive.ts';
import { breathe, leaveIfAsked, type TaskContext } from './task-context.ts';

/** @throws AppError about the archive, the labels or an image. */
export async function fetchDataset(
  ctx: TaskContext,
  blobId: string,
  options: DatasetOptions,
): Promise<{ dataset: LabelledDataset; unpacked: DatasetFolder }> {
  const unpacked = await fetchArchive(ctx, blobId, { what: 'dataset', password: options.dataset_password });
  ctx.report('reading labels');
  const framesDir = join(ctx.scratchDir, 'frames');
  await mkdir(framesDir);
  const dataset = await readDataset(unpacked, options, {
    framesDir,
    maxFramesBytes: ctx.config.MAX_ARCHIVE_BYTES,
    maxSidePx: ctx.config.MAX_IMAGE_SIDE_PX,
    signal: ctx.signal,
    onFrame: async (done, total) => {
      ctx.report('taking out frames', { done, total, unit: 'frames' });
      leaveIfAsked(ctx);
      await breathe();
    },
  });
  return { dataset, unpacked };
}
