/** From a dataset blob to what a training works on: the labels read, every image read once, and what stays together in a split. */
import type { DatasetOptions } from '../../src/contract/dataset.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import type { SplitBy } from '../../src/contract/training.ts';
import { addWarning } from '../../src/queue/lease.ts';
import type { DatasetFolder, LabelledDataset } from '../data/formats/format.ts';
import { readGroups } from '../data/groups-csv.ts';
import { imageWarnings } from '../data/image-warnings.ts';
import { TrainingImages } from '../data/images.ts';
import { fetchDataset } from '../fetch-dataset.ts';
import { breathe, leaveIfAsked, type TaskContext } from '../task-context.ts';

export interface Dataset {
  skeleton: Skeleton;
  images: TrainingImages;
  /** [K, 2] of each image, in its own pixels; NaN: not visible. */
  points: Float32Array[];
  /** Of each image, as the dataset has it: a path, or a frame of a video. */
  names: string[];
  /** What each frame stays together with in a split; null: nothing. */
  groups: string[] | null;
}

interface ImageOptions {
  splitBy: SplitBy;
  /** Of the network that will see the images; absent: gray if all of them are, else RGB. */
  channels?: 1 | 3;
}

/**
 * @param stored where the dataset lies, and how to read it.
 * @throws AppError about the archive, the labels or an image.
 */
export async function openDataset(
  ctx: TaskContext,
  stored: { datasetBlob: string | null; datasetOptions: DatasetOptions },
  options: ImageOptions,
): Promise<Dataset> {
  const { dataset, unpacked } = await fetchDataset(ctx, stored.datasetBlob!, stored.datasetOptions);
  const { skeleton, frames, warnings } = dataset;
  const groups = await groupsOf(options.splitBy, unpacked, dataset);
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
  for (const warning of [...warnings, ...imageWarnings(dataset, images.sizes)])
    await addWarning(ctx.db, ctx.task.lease, warning);
  const [points, names] = [frames.map(frame => frame.points), frames.map(frame => frame.imageName)];
  return { skeleton, images, points, names, groups };
}

async function groupsOf(
  splitBy: SplitBy,
  { folder, files }: DatasetFolder,
  { frames, labelFiles }: LabelledDataset,
): Promise<string[] | null> {
  if (splitBy === 'frame') return null;
  if (splitBy === 'video') return frames.map(frame => frame.videoName);
  const imageNames = frames.map(frame => frame.imageName);
  return readGroups(folder, files, labelFiles, imageNames);
}
