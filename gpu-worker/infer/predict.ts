/**
 * From frames to keypoints: prepare, run the network, find the peaks, go back to the frame's own pixels.
 * SLEAP's SingleInstanceInferenceLayer. Peaks are found on the device, so that twelve bytes a keypoint come back.
 *
 * A batch suits the device: as many frames as keep it busy, fewer where its memory does not allow it. With `precision: auto` the first frames
 * are computed in float16 too where the device is made for it, and stay there if the peaks agree.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type FrameSize, geometryOf, type InputGeometry, peaksToFrame } from '../../src/contract/frame-geometry.ts';
import type { InferenceConfig } from '../../src/contract/inference.ts';
import type { NetworkInput } from '../../src/contract/network-input.ts';
import { NUMBERS_PER_POINT } from '../../src/contract/pose.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { logger } from '../../src/log.ts';
import { isOutOfMemory } from '../device/memory.ts';
import { globalPeaks } from '../kernels/global-peaks.ts';
import { HeapRoom } from '../kernels/wasm/heap-room.ts';
import { ForwardPass } from './forward-pass.ts';

/** Largest difference of two peaks that passes for none, in pixels of the map: a fiftieth. */
const SAME_PX = 0.02;
/** Input pixels in a batch that keep a GPU busy, and the cores of a CPU. */
const BUSY_PX = { webgpu: 2 ** 24, wasm: 2 ** 20 };
const MOST_FRAMES = { webgpu: 32, wasm: 4 };

const log = logger('infer');

export interface PredictorOptions {
  /** What the network was trained on. */
  trained: Omit<NetworkInput, 'frozen'>;
  /** The frames that will come. */
  frame: FrameSize;
  config: Pick<TrainingConfig, 'input_scaling' | 'heads_output_stride'> & { backbone_config: { max_stride: number } };
  settings: Pick<InferenceConfig, 'peak_threshold' | 'refinement' | 'integral_patch_size' | 'batch_size'>;
  /** Arithmetic of the convolutions; `compare`: float16 if the first frames agree with float32. */
  arithmetic: 'fp32' | 'mixed' | 'compare';
}

export class Predictor {
  readonly #network: LayersModel;
  readonly #options: PredictorOptions;
  readonly #geometry: InputGeometry;
  #forward: ForwardPass;
  /** In float16, until the first batch has been computed both ways. */
  #candidate: ForwardPass | null = null;
  /** The first batch has been handed over. */
  #hasBegun = false;
  #room: { bytes: Uint8Array; dispose(): void } | null = null;

  /** The network stays the caller's to dispose. */
  constructor(network: LayersModel, options: PredictorOptions) {
    this.#network = network;
    this.#options = options;
    this.#geometry = geometryOf(options.config, options.frame, options.trained);
    this.#forward = this.#pass(options.arithmetic === 'mixed');
  }

  /**
   * To be called before the first batch. @param report told how many of a GPU's pipelines are compiled.
   * @returns the frames of a batch.
   * @throws AppError out_of_memory when not even one frame fits.
   */
  async prepare(report?: (done: number, total: number) => void): Promise<number> {
    const { settings, frame, trained } = this.#options;
    let batchSize = settings.batch_size ?? suitingBatch(this.#geometry);
    for (;;) {
      try {
        const passes = [this.#forward];
        if (this.#options.arithmetic === 'compare') passes.push((this.#candidate = this.#pass(true)));
        for (const pass of passes) {
          await pass.prepare(batchSize, report);
          await pass.warmUp();
        }
        this.#room = roomFor(batchSize * frame.widthPx * frame.heightPx * trained.channels);
        return batchSize;
      } catch (error) {
        this.dispose();
        if (!isOutOfMemory(error) || batchSize === 1) throw error;
        batchSize = Math.ceil(batchSize / 2);
      }
    }
  }

  /** Where a batch is best gathered: room for as many frames as prepare() told. */
  get room(): Uint8Array {
    if (this.#room === null) throw new Error('The predictor is not prepared.');
    return this.#room.bytes;
  }

  /**
   * Hands a batch to the device. On a GPU the next one may be handed over before this one's points are there.
   * @param frames [B, H, W, C] levels, one frame after another; they may be overwritten as soon as the call returns.
   * @returns [B, K, 3] x px, y px, score; NaN x and y where no peak reaches the threshold.
   */
  predict(frames: Uint8Array): Promise<Float32Array> {
    const candidate = this.#hasBegun ? null : this.#candidate;
    this.#hasBegun = true;
    return candidate ? this.#compare(frames, candidate) : this.#read(this.#forward.run(frames));
  }

  dispose(): void {
    this.#forward.dispose();
    this.#candidate?.dispose();
    this.#candidate = null;
    this.#room?.dispose();
    this.#room = null;
  }

  #pass(mixed: boolean): ForwardPass {
    const { settings, frame, trained } = this.#options;
    return new ForwardPass({
      network: this.#network,
      size: { ...frame, channels: trained.channels },
      geometry: this.#geometry,
      finish: stacks => [
        globalPeaks(stacks.at(-1)!, {
          threshold: settings.peak_threshold,
          refinement: settings.refinement,
          patchSize: settings.integral_patch_size,
        }),
      ],
      mixed,
    });
  }

  /** Both ways with the first batch; float16 is kept if nobody could tell the difference. */
  async #compare(frames: Uint8Array, candidate: ForwardPass): Promise<Float32Array> {
    const own = this.#read(this.#forward.run(frames));
    const other = this.#read(candidate.run(frames));
    const [full, half] = await Promise.all([own, other]);
    // Both may have been disposed of meanwhile.
    if (this.#candidate !== candidate) return full;
    this.#candidate = null;
    const tolerancePx = SAME_PX * this.#options.config.heads_output_stride;
    const keep = samePeaks(full, half, tolerancePx / Math.min(this.#geometry.scaleX, this.#geometry.scaleY));
    log.info('Predicting in {what}', { what: keep ? 'float16, whose peaks agree with float32' : 'float32' });
    (keep ? this.#forward : candidate).dispose();
    if (keep) this.#forward = candidate;
    return full;
  }

  /** From peaks in pixels of the map to points in pixels of the frame. */
  async #read(results: tf.Tensor[]): Promise<Float32Array> {
    const { heads_output_stride: stride } = this.#options.config;
    const reading = results[0]!.data<'float32'>();
    const points = Float32Array.from(await reading.finally(() => tf.dispose(results)));
    return peaksToFrame(points, stride, this.#geometry);
  }
}

/** On the CPU in the backend's own heap, where the kernels read it; a GPU is sent what lies anywhere. @throws AppError out_of_memory */
function roomFor(length: number): { bytes: Uint8Array; dispose(): void } {
  if (tf.getBackend() === 'wasm') return new HeapRoom(tf.backend() as BackendWasm, length);
  return { bytes: new Uint8Array(length), dispose: () => {} };
}

/** Frames in a batch that suits the device. */
function suitingBatch({ heightPx, widthPx }: InputGeometry): number {
  const backend = tf.getBackend() === 'webgpu' ? 'webgpu' : 'wasm';
  const frames = Math.floor(BUSY_PX[backend] / (heightPx * widthPx));
  return Math.max(1, Math.min(MOST_FRAMES[backend], frames));
}

/** Whether the same keypoints were found, at the same places. @param a [B, K, 3] px @param b alike. */
export function samePeaks(a: Float32Array, b: Float32Array, tolerancePx: number): boolean {
  return a.every((value, i) => {
    if (i % NUMBERS_PER_POINT === 2) return true;
    if (Number.isNaN(value) || Number.isNaN(b[i]!)) return Number.isNaN(value) && Number.isNaN(b[i]!);
    return Math.abs(value - b[i]!) <= tolerancePx;
  });
}
