/**
 * A network's forward pass over frames, from bytes to confidence maps or to what is made of them: on a GPU recorded for one size of batch
 * and replayed, elsewhere as usual.
 *
 * A smaller batch, such as the last one of a video, fills the first rows; what lies in the others is computed too and dropped, so that one set
 * of pipelines serves. A GPU works on its own: run() returns once the work is handed over, and whoever reads the results waits for it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FrameSize, InputGeometry } from '../../src/contract/frame-geometry.ts';
import { withinMemory } from '../device/memory.ts';
import { record } from '../device/record.ts';
import type { Recording } from '../device/recording.ts';
import { withHalfProducts } from '../kernels/webgpu/precision.ts';
import { FrameInput } from '../model/frame-input.ts';
import { runNetwork } from '../model/network.ts';
import { prepareFrames } from '../model/preprocess.ts';

export interface ForwardPassOptions {
  /** The network stays the caller's to dispose. */
  network: LayersModel;
  /** Of the frames that will come. */
  size: FrameSize & { channels: number };
  geometry: InputGeometry;
  /** What is wanted of the maps of every stack, [B, h, w, K]; each result's first dimension is B. Default: the maps. */
  finish?: (stacks: tf.Tensor4D[]) => tf.Tensor[];
  /** Convolutions multiply in float16 (kernels/webgpu/precision.ts). Default: float32. */
  mixed?: boolean;
}

interface Recorded {
  input: FrameInput;
  recording: Recording<tf.Tensor[]>;
}

export class ForwardPass {
  readonly #options: ForwardPassOptions;
  #batchSize = 0;
  #recorded: Recorded | null = null;

  constructor(options: ForwardPassOptions) {
    this.#options = options;
  }

  /** Frames in the largest batch there may be. */
  get batchSize(): number {
    return this.#batchSize;
  }

  /**
   * To be called before the first batch; on a GPU it compiles and records the pass.
   * @param report told how many of its pipelines are compiled.
   * @throws AppError out_of_memory
   */
  async prepare(batchSize: number, report?: (done: number, total: number) => void): Promise<void> {
    this.dispose();
    if (tf.getBackend() === 'webgpu') {
      const { inputs: input, recording } = await record(
        () => new FrameInput(this.#options.size, this.#options.geometry, batchSize),
        frames => this.#work(() => frames.prepared()),
        report,
      );
      this.#recorded = { input, recording };
    }
    this.#batchSize = batchSize;
  }

  /** Runs it once on black frames, so that a batch too large for the memory shows itself, and the first frames are as fast as the others. */
  async warmUp(): Promise<void> {
    const { heightPx, widthPx, channels } = this.#options.size;
    const black = new Uint8Array(this.#batchSize * heightPx * widthPx * channels);
    const computeAndRead = async () => {
      const results = this.run(black);
      await Promise.all(results.map(result => result.data())).finally(() => tf.dispose(results));
    };
    await withinMemory(computeAndRead, () => {});
  }

  /**
   * @param frames [n, H, W, C] levels, one frame after another, n at most batchSize; they may be overwritten at once.
   * @returns what `finish` makes of them, each with n rows; the caller's to dispose. On a GPU the next run overwrites them: begin to read
   * before it.
   */
  run(frames: Uint8Array): tf.Tensor[] {
    const { size, geometry } = this.#options;
    const count = frames.length / (size.heightPx * size.widthPx * size.channels);
    if (count > this.#batchSize)
      throw new Error(`The pass is prepared for ${this.#batchSize} frames, not for ${count}.`);
    if (this.#recorded === null) return tf.tidy(() => this.#work(() => prepareFrames(frames, size, geometry)));
    const { input, recording } = this.#recorded;
    input.write(frames);
    recording.replay();
    return recording.outputs.map(output => (count === this.#batchSize ? output.clone() : firstRows(output, count)));
  }

  dispose(): void {
    this.#recorded?.recording.dispose();
    this.#recorded?.input.dispose();
    this.#recorded = null;
    this.#batchSize = 0;
  }

  #work(input: () => tf.Tensor4D): tf.Tensor[] {
    const { network, mixed = false, finish = stacks => stacks } = this.#options;
    const work = () => finish(runNetwork(network, input()));
    return mixed ? withHalfProducts(work) : work();
  }
}

function firstRows(tensor: tf.Tensor, count: number): tf.Tensor {
  return tf.slice(tensor, 0, [count, ...tensor.shape.slice(1).map(() => -1)]);
}
