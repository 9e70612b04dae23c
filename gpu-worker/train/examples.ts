/**
 * Training examples: frames as the network will see them, and the confidence maps it should draw for them.
 *
 * Made in two halves: numbers on the host (reading, augmentation, maps; example-drawing.ts), which threads prepare ahead, and tensors on the
 * device (levels to [0, 1], scaling, padding; Batch.examples), for a whole batch or a piece of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { prepareFrames } from '../model/preprocess.ts';
import { type BatchMemory, drawExample, numbersPerFrame } from './example-drawing.ts';
import { type Augmentation, drawingOf, type LabelledImages, planBatch } from './example-plan.ts';

export interface Examples {
  /** [B, H, W, C] in [0, 1] */
  images: tf.Tensor4D;
  /** [B, H/s, W/s, K] */
  maps: tf.Tensor4D;
}

/** A batch on the host. */
export class Batch {
  /** Frames. */
  readonly size: number;
  readonly #source: LabelledImages;
  readonly #memory: BatchMemory;

  /** @param memory of `size` frames or more. */
  constructor(source: LabelledImages, size: number, memory: BatchMemory) {
    this.#source = source;
    this.size = size;
    this.#memory = memory;
  }

  /** The frames from..to-1 as tensors; the caller disposes of both. */
  examples(from: number, to: number): Examples {
    const { images, geometry, stride, points } = this.#source;
    const each = numbersPerFrame(drawingOf(this.#source));
    const pixels = this.#memory.pixels.subarray(from * each.pixels, to * each.pixels);
    const maps = this.#memory.maps.subarray(from * each.maps, to * each.maps);
    const mapShape = [geometry.heightPx / stride, geometry.widthPx / stride, points[0]!.length / 2] as const;
    return { images: prepareFrames(pixels, images, geometry), maps: tf.tensor4d(maps, [to - from, ...mapShape]) };
  }
}

/**
 * The batch of these frames, drawn on this thread: what ExampleSource's must equal, number by number.
 * @param augmentation null: as they are.
 * @param step the randomness is a function of the seed, the step and the place in the batch alone.
 */
export async function makeBatch(
  source: LabelledImages,
  frames: readonly number[],
  augmentation: Augmentation | null,
  step: number,
): Promise<Batch> {
  const drawing = drawingOf(source);
  const { pixels, maps } = numbersPerFrame(drawing);
  const memory = {
    pixels: new Uint8Array(frames.length * pixels),
    maps: new Float32Array(frames.length * maps),
  };
  for (const planned of planBatch(source, frames, augmentation, step)) await drawExample(drawing, planned, memory);
  return new Batch(source, frames.length, memory);
}
