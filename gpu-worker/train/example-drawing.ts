/**
 * The host half of training examples: pixels as levels, read and augmented wherever a core is free.
 * Whatever is random was drawn before (example-plan.ts), so a frame is the same on any thread; needs no TensorFlow.js, which a thread
 * would have to load.
 */
import { changePixels, type FrameChange } from '../data/augment.ts';
import { readStored, type StoredImages } from '../data/stored-images.ts';

/** One frame of a batch; plain data. */
export interface PlannedFrame {
  /** In the batch. */
  place: number;
  /** Its index among the images. */
  frame: number;
  /** null: the frame as it is. */
  change: FrameChange | null;
  /** [K, 2] where the change takes its keypoints, in pixels of the network's input; NaN: hidden. */
  points: Float32Array;
}

/** Levels of one frame. */
export function levelsPerFrame({ format: { heightPx, widthPx, channels } }: StoredImages): number {
  return heightPx * widthPx * channels;
}

/**
 * Draws a frame into its place of the batch.
 * @param levels [B, H, W, C] of frames in their common size.
 * @throws AppError image_invalid naming the file.
 */
export async function drawExample(images: StoredImages, planned: PlannedFrame, levels: Uint8Array): Promise<void> {
  const { place, frame, change } = planned;
  const data = await readStored(images, frame);
  levels.set(change ? changePixels({ ...images.format, data }, change).data : data, place * levelsPerFrame(images));
}
