/** Training examples as tensors: frames prepared for the network, and the confidence maps it should draw for them. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingImages } from '../data/images.ts';
import { drawConfidenceMaps } from '../data/targets.ts';
import { type InputGeometry, prepareFrames, rescale } from '../model/preprocess.ts';

export interface Examples {
  /** [B, H, W, C] in [0, 1] */
  images: tf.Tensor4D;
  /** [B, H/s, W/s, K] */
  maps: tf.Tensor4D;
}

export interface LabelledImages {
  images: TrainingImages;
  /** [K, 2] of each image, in its own pixels; NaN: not visible. */
  points: Float32Array[];
  geometry: InputGeometry;
  stride: number;
  sigma: number;
}

/** @returns the examples of these frames, in order; the caller disposes of both tensors. */
export async function makeExamples(source: LabelledImages, frames: readonly number[]): Promise<Examples> {
  const { images, geometry, stride, sigma } = source;
  const { heightPx, widthPx, channels } = images;
  const frameBytes = heightPx * widthPx * channels;
  const mapRows = geometry.heightPx / stride;
  const mapColumns = geometry.widthPx / stride;
  const keypoints = source.points[0]!.length / 2;
  const mapNumbers = mapRows * mapColumns * keypoints;

  const pixels = new Uint8Array(frames.length * frameBytes);
  const maps = new Float32Array(frames.length * mapNumbers);
  for (const [i, frame] of frames.entries()) {
    pixels.set(await images.read(frame), i * frameBytes);
    const own = images.scaleOf(frame);
    const scaled = source.points[frame]!.map((px, i) =>
      rescale(px, own * (i % 2 === 0 ? geometry.scaleX : geometry.scaleY)),
    );
    const target = { heightPx: geometry.heightPx, widthPx: geometry.widthPx, stride, sigma };
    drawConfidenceMaps(scaled, target, maps.subarray(i * mapNumbers, (i + 1) * mapNumbers));
  }
  return {
    images: prepareFrames(pixels, images, geometry),
    maps: tf.tensor4d(maps, [frames.length, mapRows, mapColumns, keypoints]),
  };
}
