/**
 * Training examples: frames as the network will see them, and the confidence maps it should draw for them.
 *
 * Made in two halves: numbers on the host (reading, augmentation, maps; example-drawing.ts), which threads prepare ahead, and tensors on the
 * device (levels to [0, 1], scaling, padding; Batch.examples), for a whole batch or a piece of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { prepareFrames } from '../model/preprocess.ts';
import { type BatchMemory, mapShape, numbersPerFrame } from './example-drawing.ts';
import { drawingOf, type LabelledImages } from './example-plan.ts';

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
    const { images, geometry } = this.#source;
    const drawing = drawingOf(this.#source);
    const each = numbersPerFrame(drawing);
    const pixels = this.#memory.pixels.subarray(from * each.pixels, to * each.pixels);
    const maps = this.#memory.maps.subarray(from * each.maps, to * each.maps);
    return {
      images: prepareFrames(pixels, images, geometry),
      maps: tf.tensor4d(maps, [to - from, ...mapShape(drawing)]),
    };
  }
}
