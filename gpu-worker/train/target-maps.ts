/**
 * The confidence maps that a network should draw for a batch, made of its keypoints where they are needed: by a kernel on a GPU, to which then
 * some hundred bytes go instead of whole maps, and on the host elsewhere (data/targets.ts has the definition).
 */
import * as tf from '@tensorflow/tfjs-core';
import { drawConfidenceMaps, type TargetGeometry } from '../data/targets.ts';
import { DeviceInput } from '../device/recording.ts';
import { confidenceMaps } from '../kernels/webgpu/confidence-maps.ts';

/** What the maps of a training have in common. */
export interface Targets {
  geometry: TargetGeometry;
  keypoints: number;
}

/** @param points [B, K, 2] in pixels of the network's input; NaN: hidden. @returns [B, H/s, W/s, K] */
export function targetMaps(points: Float32Array, targets: Targets): tf.Tensor4D {
  const { geometry, keypoints } = targets;
  const batch = points.length / (2 * keypoints);
  if (tf.getBackend() === 'webgpu')
    return tf.tidy(() => drawOnDevice(tf.tensor3d(points, [batch, keypoints, 2]), geometry));
  return tf.tensor4d(drawOnHost(points, targets), [batch, ...mapSize(geometry), keypoints]);
}

/** The same numbers on the host. */
function drawOnHost(points: Float32Array, { geometry, keypoints }: Targets): Float32Array {
  const [rows, columns] = mapSize(geometry);
  const each = rows * columns * keypoints;
  const maps = new Float32Array((points.length / (2 * keypoints)) * each);
  for (let start = 0, from = 0; start < points.length; start += 2 * keypoints, from += each) {
    drawConfidenceMaps(points.subarray(start, start + 2 * keypoints), geometry, maps.subarray(from, from + each));
  }
  return maps;
}

/** Where the keypoints of recorded work lie on a GPU: overwritten before each replay, and drawn as a part of the work. */
export class TargetInput {
  readonly #geometry: TargetGeometry;
  readonly #points: DeviceInput<tf.Rank.R3>;

  constructor({ geometry, keypoints }: Targets, batch: number) {
    this.#geometry = geometry;
    this.#points = new DeviceInput([batch, keypoints, 2], 'float32');
  }

  /** @param points [n, K, 2], n at most the batch; the places of the others keep what they had. */
  write(points: Float32Array): void {
    this.#points.write(points);
  }

  /** Within recorded work: the maps of the batch. */
  drawn(): tf.Tensor4D {
    return drawOnDevice(this.#points.tensor, this.#geometry);
  }

  dispose(): void {
    this.#points.dispose();
  }
}

function drawOnDevice(points: tf.Tensor3D, geometry: TargetGeometry): tf.Tensor4D {
  const [rows, columns] = mapSize(geometry);
  return confidenceMaps(points, { rows, columns, stride: geometry.stride, sigma: geometry.sigma });
}

const mapSize = ({ heightPx, widthPx, stride }: TargetGeometry): [rows: number, columns: number] => [
  heightPx / stride,
  widthPx / stride,
];
