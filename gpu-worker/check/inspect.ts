/**
 * What a training would see of a dataset: every labelled image is read once, one at a time, so that a broken one is found now and not after
 * an hour in the queue. Two images are the same when all their pixels are, which is told by a hash of them.
 */
import { createHash } from 'node:crypto';
import type { FrameSize } from '../../src/contract/frame-geometry.ts';
import type { LabelledDataset, LabelledFrame } from '../data/formats/format.ts';
import { isGray, readImage } from '../media/image.ts';

export interface Inspection {
  /** Of each labelled frame. */
  sizes: FrameSize[];
  /** 1: every image is gray. */
  channels: 1 | 3;
  /** Frames with the same pixels, as indices, in groups of two and more, in order. */
  duplicates: number[][];
  /** The highest level, 0 to 255, found in any image. */
  highestLevel: number;
}

/**
 * @param onRead after each image; may throw to leave.
 * @throws AppError image_invalid naming the file.
 */
export async function inspectFrames(
  { frames }: Pick<LabelledDataset, 'frames'>,
  { maxSidePx, onRead }: { maxSidePx: number; onRead(done: number): void | Promise<void> },
): Promise<Inspection> {
  const sizes: FrameSize[] = [];
  const byPixels = new Map<string, number[]>();
  let channels: 1 | 3 = 1;
  let highestLevel = 0;
  for (const [index, frame] of frames.entries()) {
    const image = await readImage(frame.imagePath, { maxSidePx });
    const { widthPx, heightPx, data } = image;
    sizes.push({ widthPx, heightPx });
    if (channels === 1 && !isGray(image)) channels = 3;
    for (let i = 0; highestLevel < 255 && i < data.length; i++) if (data[i]! > highestLevel) highestLevel = data[i]!;
    const hash = createHash('sha256').update(`${widthPx} ${heightPx} ${image.channels} `).update(data).digest('hex');
    byPixels.set(hash, [...(byPixels.get(hash) ?? []), index]);
    await onRead(index + 1);
  }
  return {
    sizes,
    channels,
    duplicates: [...byPixels.values()].filter(({ length }) => length > 1),
    highestLevel,
  };
}

/** Frames to show, spread over the dataset, first and last among them. */
export function pickSamples(frames: readonly LabelledFrame[], most: number): number[] {
  const count = Math.min(most, frames.length);
  if (count < 2) return frames.length === 0 ? [] : [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (frames.length - 1)) / (count - 1)));
}
