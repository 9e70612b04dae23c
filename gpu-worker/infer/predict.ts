/**
 * From frames to keypoints: prepare, run the network, find the peaks, go back to the frame's own pixels.
 * SLEAP's SingleInstanceInferenceLayer. Leaves out: overlap of decoding and computing, peaks on the device.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { NUMBERS_PER_POINT } from '../../src/contract/pose.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import type { NetworkInput } from '../../src/db/schema.ts';
import type { FrameSize } from '../data/resize.ts';
import { geometryOf } from '../model/from-config.ts';
import { type InputGeometry, rescale } from '../model/preprocess.ts';
import { ForwardPass } from './forward-pass.ts';
import { findPeaks, PEAK_THRESHOLD } from './peaks.ts';

export interface PredictorOptions {
  /** What the network was trained on. */
  trained: Omit<NetworkInput, 'frozen'>;
  /** The frames that will come. */
  frame: FrameSize;
  config: Pick<TrainingConfig, 'input_scaling' | 'heads_output_stride'> & { backbone_config: { max_stride: number } };
}

export class Predictor {
  readonly #forward: ForwardPass;
  readonly #geometry: InputGeometry;
  readonly #outputStride: number;

  /** The network stays the caller's to dispose. */
  constructor(network: LayersModel, { trained, frame, config }: PredictorOptions) {
    this.#geometry = geometryOf(config, frame, trained);
    this.#forward = new ForwardPass(network, { ...frame, channels: trained.channels }, this.#geometry);
    this.#outputStride = config.heads_output_stride;
  }

  /** Before the first batch: see ForwardPass. */
  prepare(batchSize: number, report: (done: number, total: number) => void): Promise<void> {
    return this.#forward.prepare(batchSize, report);
  }

  /**
   * @param frames [B, H, W, C] levels, one frame after another.
   * @returns [B, K, 3] x px, y px, score; NaN x and y where no peak reaches the threshold.
   */
  async predict(frames: Uint8Array): Promise<Float32Array> {
    const stacks = await this.#forward.run(frames);
    const points = await findPeaks(stacks.at(-1)!, { threshold: PEAK_THRESHOLD, outputStride: this.#outputStride });
    tf.dispose(stacks);
    for (let i = 0; i < points.length; i += NUMBERS_PER_POINT) {
      points[i] = rescale(points[i]!, 1 / this.#geometry.scaleX);
      points[i + 1] = rescale(points[i + 1]!, 1 / this.#geometry.scaleY);
    }
    return points;
  }

  dispose(): void {
    this.#forward.dispose();
  }
}
