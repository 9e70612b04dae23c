/**
 * Where the frames of recorded work lie on a GPU: a batch of bytes that the host overwrites before each replay (device/recording.ts), and
 * the network's input made of them as the first part of the work.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { FrameSize, InputGeometry } from '../../src/contract/frame-geometry.ts';
import { DeviceInput } from '../device/recording.ts';
import { LEVELS_PER_WORD, unpackLevels } from '../kernels/webgpu/levels.ts';
import { fitFrames } from './preprocess.ts';

export class FrameInput {
  readonly #geometry: InputGeometry;
  /** [B, H, W, C] */
  readonly #shape: [number, number, number, number];
  readonly #words: DeviceInput;

  constructor(
    { heightPx, widthPx, channels }: FrameSize & { channels: number },
    geometry: InputGeometry,
    batch: number,
  ) {
    this.#geometry = geometry;
    this.#shape = [batch, heightPx, widthPx, channels];
    const words = Math.ceil((batch * heightPx * widthPx * channels) / LEVELS_PER_WORD);
    this.#words = new DeviceInput([words], 'int32');
  }

  /** @param frames [n, H, W, C] levels, n at most the batch; the places of the others keep what they had. */
  write(frames: Uint8Array): void {
    this.#words.write(frames);
  }

  /** Within recorded work: what prepareFrames makes of the batch. */
  prepared(): tf.Tensor4D {
    return fitFrames(unpackLevels(this.#words.tensor, this.#shape), this.#geometry);
  }

  dispose(): void {
    this.#words.dispose();
  }
}
