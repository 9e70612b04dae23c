/**
 * Training examples: frames as the network will see them, and the confidence maps it should draw for them.
 *
 * Made in two halves: numbers on the host (reading, augmentation, maps; makeBatch), which a thread can prepare ahead, and tensors on the device
 * (levels to [0, 1], scaling, padding; Batch.examples), for a whole batch or a piece of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { changePixels, changePoints, drawChange, type FrameAugmentation } from '../data/augment.ts';
import type { TrainingImages } from '../data/images.ts';
import { Random } from '../data/random.ts';
import { drawConfidenceMaps } from '../data/targets.ts';
import { type InputGeometry, prepareFrames, rescale } from '../model/preprocess.ts';

export interface Examples {
  /** [B, H, W, C] in [0, 1] */
  images: tf.Tensor4D;
  /** [B, H/s, W/s, K] */
  maps: tf.Tensor4D;
}

export interface LabelledImages {
  images: Pick<TrainingImages, 'channels' | 'widthPx' | 'heightPx' | 'scaleOf' | 'read'>;
  /** [K, 2] of each image, in its own pixels; NaN: not visible. */
  points: Float32Array[];
  geometry: InputGeometry;
  stride: number;
  sigma: number;
}

/** How a training's frames are changed at random. */
export interface Augmentation {
  config: FrameAugmentation;
  /** Keypoints that a mirror exchanges. */
  flipPairs: readonly (readonly [number, number])[];
  seed: number;
}

/** A batch on the host. */
export class Batch {
  /** Frames. */
  readonly size: number;
  readonly #source: LabelledImages;
  /** [B, H, W, C] levels of frames in their common size. */
  readonly #pixels: Uint8Array;
  /** [B, h, w, K] */
  readonly #maps: Float32Array;

  constructor(source: LabelledImages, size: number, pixels: Uint8Array, maps: Float32Array) {
    this.#source = source;
    this.size = size;
    this.#pixels = pixels;
    this.#maps = maps;
  }

  /** The frames from..to-1 as tensors; the caller disposes of both. */
  examples(from: number, to: number): Examples {
    const { images, geometry } = this.#source;
    const piece = <T extends Uint8Array | Float32Array>(all: T) =>
      all.subarray((from * all.length) / this.size, (to * all.length) / this.size) as T;
    return {
      images: prepareFrames(piece(this.#pixels), images, geometry),
      maps: tf.tensor4d(piece(this.#maps), [to - from, ...mapShape(this.#source)]),
    };
  }
}

/**
 * The batch of these frames.
 * @param augmentation null: as they are.
 * @param step the randomness is a function of the seed, the step and the place in the batch alone.
 */
export async function makeBatch(
  source: LabelledImages,
  frames: readonly number[],
  augmentation: Augmentation | null,
  step: number,
): Promise<Batch> {
  const { images, points, geometry, stride, sigma } = source;
  const { heightPx, widthPx, channels } = images;
  const frameBytes = heightPx * widthPx * channels;
  const mapNumbers = mapShape(source).reduce((product, side) => product * side, 1);
  const pixels = new Uint8Array(frames.length * frameBytes);
  const maps = new Float32Array(frames.length * mapNumbers);
  for (const [i, frame] of frames.entries()) {
    const own = images.scaleOf(frame);
    let picture = { widthPx, heightPx, channels, data: await images.read(frame) };
    let places: Float32Array = points[frame]!.map(px => rescale(px, own)); // in pixels of the common size
    if (augmentation) {
      const { config, flipPairs, seed } = augmentation;
      const change = drawChange(config, purpose => Random.of(seed, `augment ${step} ${i} ${purpose}`));
      picture = changePixels(picture, change) as typeof picture;
      places = changePoints(places, change, picture, flipPairs);
    }
    pixels.set(picture.data, i * frameBytes);
    const scaled = places.map((px, axis) => rescale(px, axis % 2 === 0 ? geometry.scaleX : geometry.scaleY));
    const target = { heightPx: geometry.heightPx, widthPx: geometry.widthPx, stride, sigma };
    drawConfidenceMaps(scaled, target, maps.subarray(i * mapNumbers, (i + 1) * mapNumbers));
  }
  return new Batch(source, frames.length, pixels, maps);
}

/** [h, w, K] */
function mapShape({ geometry, stride, points }: LabelledImages): [number, number, number] {
  return [geometry.heightPx / stride, geometry.widthPx / stride, points[0]!.length / 2];
}
