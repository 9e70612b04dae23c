/**
 * A network's forward pass over frames, from bytes to confidence maps: on a GPU recorded for one size of batch and replayed, elsewhere as usual.
 *
 * A smaller batch, such as the last one of a video, fills the first rows; what lies in the others is computed too and dropped, so that one set
 * of pipelines serves.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FrameSize } from '../data/resize.ts';
import { record } from '../device/record.ts';
import type { Recording } from '../device/recording.ts';
import { FrameInput } from '../model/frame-input.ts';
import { runNetwork } from '../model/network.ts';
import { type InputGeometry, prepareFrames } from '../model/preprocess.ts';

interface Recorded {
  /** Frames. */
  batchSize: number;
  input: FrameInput;
  recording: Recording<tf.Tensor4D[]>;
}

export class ForwardPass {
  readonly #network: LayersModel;
  readonly #size: FrameSize & { channels: number };
  readonly #geometry: InputGeometry;
  #recorded: Recorded | null = null;

  /** The network stays the caller's to dispose. @param size of the frames that will come. */
  constructor(network: LayersModel, size: FrameSize & { channels: number }, geometry: InputGeometry) {
    this.#network = network;
    this.#size = size;
    this.#geometry = geometry;
  }

  /**
   * On a GPU compiles and records the pass, which the first batch would otherwise do for its own size.
   * @param batchSize the largest there will be: beyond it the pass is recorded anew.
   * @param report told how many of its pipelines are compiled.
   * @throws AppError out_of_memory
   */
  async prepare(batchSize: number, report?: (done: number, total: number) => void): Promise<void> {
    if (tf.getBackend() === 'webgpu') await this.#recordedFor(batchSize, report);
  }

  /**
   * @param frames [B, H, W, C] levels, one frame after another.
   * @returns the maps of every stack, [B, h, w, K], to be read before the next batch; the caller's to dispose.
   * @throws AppError out_of_memory
   */
  async run(frames: Uint8Array): Promise<tf.Tensor4D[]> {
    if (tf.getBackend() !== 'webgpu') {
      return tf.tidy(() => runNetwork(this.#network, prepareFrames(frames, this.#size, this.#geometry)));
    }
    const { heightPx, widthPx, channels } = this.#size;
    const count = frames.length / (heightPx * widthPx * channels);
    const { batchSize, input, recording } = await this.#recordedFor(count);
    input.write(frames);
    recording.replay();
    const { outputs } = recording;
    return outputs.map(maps => (count === batchSize ? maps.clone() : tf.slice(maps, 0, [count, -1, -1, -1])));
  }

  dispose(): void {
    this.#recorded?.recording.dispose();
    this.#recorded?.input.dispose();
    this.#recorded = null;
  }

  async #recordedFor(batchSize: number, report?: (done: number, total: number) => void): Promise<Recorded> {
    if (this.#recorded && this.#recorded.batchSize >= batchSize) return this.#recorded;
    this.dispose();
    const { inputs: input, recording } = await record(
      () => new FrameInput(this.#size, this.#geometry, batchSize),
      frames => runNetwork(this.#network, frames.prepared()),
      report,
    );
    this.#recorded = { batchSize, input, recording };
    return this.#recorded;
  }
}
