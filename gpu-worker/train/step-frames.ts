/**
 * Where the frames of a recorded step come from.
 *
 * ResidentFrames: the labelled images lie in the GPU's memory, and a batch is gathered and augmented there; the host says which frames and how they
 * change, some hundred bytes a step, and copies no pixel. Only where the host kept all images in memory and they fit into one buffer.
 * HostFrames: threads read and augment them, and their levels are uploaded.
 */
import * as tf from '@tensorflow/tfjs-core';
import { DeviceInput } from '../device/recording.ts';
import { webGpuBackend } from '../device/tfjs-webgpu.ts';
import {
  changeNumbers,
  changesShape,
  gatherFrames,
  normalTable,
  wordsPerFrame,
} from '../kernels/webgpu/gather-frames.ts';
import { FrameInput } from '../model/frame-input.ts';
import { fitFrames } from '../model/preprocess.ts';
import type { LabelledImages } from './example-plan.ts';
import type { ExampleSource } from './example-source.ts';

/** Where a recorded step has its frames from. */
export interface StepFrames {
  /** Puts the frames of a training step where the next replay finds them. @returns their keypoints, [B, K, 2]. */
  load(step: number): Promise<Float32Array>;
  /** Within recorded work: the network's input, [B, H, W, C]. */
  prepared(): tf.Tensor4D;
  dispose(): void;
}

/** Largest share of a ceiling on the GPU's memory that images take. */
const MOST_OF_CEILING = 0.25;

/** Frames that threads read and augment, uploaded as levels. */
export class HostFrames implements StepFrames {
  readonly #examples: Pick<ExampleSource, 'training'>;
  readonly #input: FrameInput;

  constructor({ images, geometry }: LabelledImages, examples: Pick<ExampleSource, 'training'>, batchSize: number) {
    this.#examples = examples;
    this.#input = new FrameInput(images, geometry, batchSize);
  }

  async load(step: number): Promise<Float32Array> {
    const batch = await this.#examples.training(step);
    this.#input.write(batch.levels);
    return batch.points;
  }

  prepared(): tf.Tensor4D {
    return this.#input.prepared();
  }

  dispose(): void {
    this.#input.dispose();
  }
}

export class ResidentFrames implements StepFrames {
  readonly #labelled: LabelledImages;
  readonly #examples: Pick<ExampleSource, 'plan'>;
  readonly #store: tf.Tensor1D;
  readonly #normals: tf.Tensor1D;
  readonly #changes: DeviceInput<tf.Rank.R2>;

  /** Whether the images can lie on the device, as far as is known beforehand. */
  static fit({ images: { stored } }: LabelledImages): boolean {
    const { device, bufferManager } = webGpuBackend();
    const bytes = 4 * stored.paths.length * wordsPerFrame(stored.format);
    const most = Math.min(device.limits.maxStorageBufferBindingSize, MOST_OF_CEILING * bufferManager.ceiling);
    return stored.kept.length === stored.paths.length && bytes <= most;
  }

  constructor(labelled: LabelledImages, examples: Pick<ExampleSource, 'plan'>, batchSize: number) {
    this.#labelled = labelled;
    this.#examples = examples;
    this.#store = upload(labelled);
    this.#normals = normalTable();
    this.#changes = new DeviceInput<tf.Rank.R2>(changesShape(batchSize), 'int32');
  }

  async load(step: number): Promise<Float32Array> {
    const planned = this.#examples.plan(step);
    const [, each] = changesShape(1);
    const changes = new Uint32Array(planned.length * each);
    for (const { place, frame, change } of planned)
      changes.set(changeNumbers(frame, change, this.#labelled.images.stored.format), place * each);
    this.#changes.write(changes);
    const { length } = planned[0]!.points;
    const points = new Float32Array(planned.length * length);
    for (const frame of planned) points.set(frame.points, frame.place * length);
    return points;
  }

  prepared(): tf.Tensor4D {
    const { images, geometry } = this.#labelled;
    return fitFrames(gatherFrames(this.#store, this.#changes.tensor, this.#normals, images.stored.format), geometry);
  }

  dispose(): void {
    tf.dispose([this.#store, this.#normals]);
    this.#changes.dispose();
  }
}

/** Frame by frame, so that the host holds no second copy of the dataset. @returns int32 */
function upload({ images: { stored } }: LabelledImages): tf.Tensor1D {
  const backend = webGpuBackend();
  const words = wordsPerFrame(stored.format);
  const info = backend.makeTensorInfo([stored.kept.length * words], 'int32');
  const store = tf.engine().makeTensorFromTensorInfo(info) as tf.Tensor1D;
  try {
    backend.uploadToGPU(info.dataId);
  } catch (error) {
    store.dispose();
    throw error;
  }
  const { resource } = backend.tensorMap.get(info.dataId);
  // Dawn ends the process when it is handed memory that threads share.
  const frame = new Uint8Array(4 * words);
  for (const [i, levels] of stored.kept.entries()) {
    frame.set(levels);
    backend.queue.writeBuffer(resource!, 4 * i * words, frame);
  }
  return store;
}
