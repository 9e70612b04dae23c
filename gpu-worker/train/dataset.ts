/** From a dataset blob to labelled images: fetch, unpack under quotas, read the labels, read every image once. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Skeleton } from '../../src/contract/pose.ts';
import type { SplitBy } from '../../src/contract/training.ts';
import { addWarning } from '../../src/queue/lease.ts';
import type { LabelledFrame } from '../data/formats/format.ts';
import { readDataset } from '../data/formats/read-dataset.ts';
import { readGroups } from '../data/groups-csv.ts';
import { TrainingImages } from '../data/images.ts';
import { fetchArchive } from '../fetch-archive.ts';
import { breathe, leaveIfAsked, type TaskContext } from '../task-context.ts';

export interface Dataset {
  skeleton: Skeleton;
  images: TrainingImages;
  /** [K, 2] of each image, in its own pixels; NaN: not visible. */
  points: Float32Array[];
  /** What each frame stays together with in a split; null: nothing. */
  groups: string[] | null;
}

export interface DatasetOptions {
  splitBy: SplitBy;
  /** Of the network that will see the images; absent: gray if all of them are, else RGB. */
  channels?: 1 | 3;
}

/** @throws AppError about the archive, the labels or an image. */
export async function openDataset(ctx: TaskContext, blobId: string, options: DatasetOptions): Promise<Dataset> {
  const { folder, files } = await fetchArchive(ctx, blobId, 'dataset');
  ctx.report('reading labels');
  const settings = {
    framesDir: join(ctx.scratchDir, 'frames'),
    maxFramesBytes: ctx.config.MAX_ARCHIVE_BYTES,
    maxSidePx: ctx.config.MAX_IMAGE_SIDE_PX,
    signal: ctx.signal,
  };
  await mkdir(settings.framesDir, { recursive: true });
  const { skeleton, frames, labelFiles, warnings } = await readDataset({ folder, files }, {}, settings);
  const groups = await groupsOf(options.splitBy, folder, files, labelFiles, frames);
  const images = await TrainingImages.open(
    frames.map(frame => frame.imagePath),
    {
      cacheBytes: ctx.config.IMAGE_CACHE_BYTES,
      maxSidePx: ctx.config.MAX_IMAGE_SIDE_PX,
      ...(options.channels && { channels: options.channels }),
      onRead: async done => {
        ctx.report('reading labels', { done, total: frames.length, unit: 'frames' });
        leaveIfAsked(ctx);
        await breathe();
      },
    },
  );
  if (frames.length === 1)
    warnings.push('There is only one labelled frame: it is used for training and for validation.');
  if (images.mixedSizes) {
    warnings.push(`The images differ in size: all were fitted into ${images.widthPx} × ${images.heightPx} pixels.`);
  }
  for (const warning of warnings) await addWarning(ctx.db, ctx.task.lease, warning);
  return { skeleton, images, points: frames.map(frame => frame.points), groups };
}

async function groupsOf(
  splitBy: SplitBy,
  folder: string,
  files: readonly { path: string }[],
  labelFiles: readonly string[],
  frames: readonly LabelledFrame[],
): Promise<string[] | null> {
  if (splitBy === 'frame') return null;
  if (splitBy === 'video') return frames.map(frame => frame.videoName);
  const imageNames = frames.map(frame => frame.imageName);
  return readGroups(folder, files, labelFiles, imageNames);
}
