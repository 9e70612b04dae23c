/**
 * Training examples: frames as the network will see them, and the confidence maps it should draw for them.
 *
 * Made in two halves: numbers on the host (levels that threads read and augment ahead, keypoints; example-drawing.ts), and tensors on the
 * device (levels to [0, 1], scaling, padding, maps; Batch.examples), for a whole batch or a piece of it.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { prepareFrames } from '../model/preprocess.ts';
import { levelsPerFrame } from './example-drawing.ts';
import { type LabelledImages, targetsOf } from './example-plan.ts';
import { targetMaps } from './target-maps.ts';

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
  /** [B, H, W, C] */
  readonly levels: Uint8Array;
  /** [B, K, 2] in pixels of the network's input; NaN: hidden. */
  readonly points: Float32Array;
  readonly #source: LabelledImages;

  /**
   * @param levels of as many frames as there are points for, or more.
   * @param points of each frame.
   */
  constructor(source: LabelledImages, levels: Uint8Array, points: readonly Float32Array[]) {
    this.#source = source;
    this.size = points.length;
    this.levels = levels.subarray(0, this.size * levelsPerFrame(source.images.stored));
    const { keypoints } = targetsOf(source);
    this.points = new Float32Array(this.size * 2 * keypoints);
    for (const [place, own] of points.entries()) this.points.set(own, place * 2 * keypoints);
  }

  /** The frames from..to-1 as tensors; the caller disposes of both. */
  examples(from: number, to: number): Examples {
    const { images, geometry } = this.#source;
    const each = levelsPerFrame(images.stored);
    return {
      images: prepareFrames(this.levels.subarray(from * each, to * each), images, geometry),
      maps: this.targets(from, to),
    };
  }

  /** Of their examples the maps alone. */
  targets(from: number, to: number): tf.Tensor4D {
    const targets = targetsOf(this.#source);
    return targetMaps(this.points.subarray(2 * from * targets.keypoints, 2 * to * targets.keypoints), targets);
  }
}
