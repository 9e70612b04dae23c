/**
 * Confidence maps drawn on the device: the numbers of data/targets.ts from the keypoints alone, so that a batch uploads some hundred bytes
 * instead of whole maps.
 *
 *   points [B, K, 2], x and y in pixels of the network's input, NaN: hidden  ->  maps [B, h, w, K]
 *   map[row, column, k] = exp(-((s column - x_k)^2 + (s row - y_k)^2) / (2 S^2)),  S = sigma s
 *
 * A thread draws one number: one exponential, whose argument is rounded by 2^-24 of itself and matters where it is small. Bytes: 4 per number.
 * A hidden keypoint is told by its bits, since shaders may take it for granted that there is no NaN.
 */
import * as tf from '@tensorflow/tfjs-core';
import { compute, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';

export interface MapGeometry {
  /** Of the maps. */
  rows: number;
  columns: number;
  /** Input pixels per pixel of the map, s. */
  stride: number;
  /** Spread in pixels of the map (heads_sigma). */
  sigma: number;
}

/** @param points [B, K, 2], float32. @returns [B, rows, columns, K]; the caller's to dispose. */
export function confidenceMaps(points: tf.Tensor3D, geometry: MapGeometry): tf.Tensor4D {
  const [batch, keypoints] = points.shape;
  const shape: [number, number, number, number] = [batch, geometry.rows, geometry.columns, keypoints];
  const maps = compute(drawProgram(shape, geometry), shape, [points]);
  return tf.engine().makeTensorFromTensorInfo(maps) as tf.Tensor4D;
}

function drawProgram(shape: readonly number[], { rows, columns, stride, sigma }: MapGeometry): Program {
  const keypoints = shape[3]!;
  return elementwiseProgram({
    ...{ name: 'ConfidenceMaps', size: tf.util.sizeFromShape([...shape]), width: 1 },
    declarations: `
@group(0) @binding(0) var<storage, read_write> maps: array<f32>;
@group(0) @binding(1) var<storage, read> points: array<vec2<u32>>;
fn hidden(bits: vec2<u32>) -> bool { return any((bits & vec2<u32>(0x7fffffffu)) > vec2<u32>(0x7f800000u)); }`,
    body: `
  let k = i % ${keypoints};
  let column = (i / ${keypoints}) % ${columns};
  let row = (i / ${keypoints * columns}) % ${rows};
  let bits = points[(i / ${keypoints * columns * rows}) * ${keypoints} + k];
  let distance = (vec2<f32>(f32(column), f32(row)) * ${stride} - bitcast<vec2<f32>>(bits)) / ${sigma * stride};
  maps[i] = select(exp(-0.5 * dot(distance, distance)), 0.0, hidden(bits));`,
  });
}
