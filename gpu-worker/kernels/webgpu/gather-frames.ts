/**
 * Training frames out of a dataset that lies in device memory, augmented on the way: data/augment.ts, in the same order.
 *
 *   store [F * words]: 8-bit levels of F frames [H, W, C], four a word, each frame from a whole word on
 *   changes [B, 16]: per frame of the batch what changeNumbers() says     ->  images [B, H, W, C] in [0, 1], whole levels / 255
 *
 * A thread makes one pixel: up to four reads of the frame, and with noise one of a table. The noise of a pixel is a hash of its number, so it is
 * the host's own; powers and positions are float32 here, which moves a level by one in a few pixels of a thousand. Bytes: 4 C per pixel written,
 * at least C read. Leaves out: resizing and padding (model/preprocess.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { type FrameChange, type FrameSource, normalNumbers, sourceOf } from '../../data/augment.ts';
import type { ImageFormat } from '../../data/stored-images.ts';
import { compute, flatGrid, type Program } from './dispatch.ts';

const THREADS = 64;
const NUMBERS_PER_CHANGE = 16;
const [MOVES, UNIFORM_NOISE, GAUSSIAN_NOISE] = [1, 2, 4] as const;

/** 32-bit words of one frame in the store. */
export function wordsPerFrame({ widthPx, heightPx, channels }: ImageFormat): number {
  return Math.ceil((widthPx * heightPx * channels) / 4);
}

/** @param batch frames @returns the shape of their changes. */
export const changesShape = (batch: number): [number, number] => [batch, NUMBERS_PER_CHANGE];

/** How the kernel is told of one frame. @param change null: as it is. */
export function changeNumbers(frame: number, change: FrameChange | null, format: ImageFormat): Uint32Array {
  const words = new Uint32Array(NUMBERS_PER_CHANGE);
  const floats = new Float32Array(words.buffer);
  words[0] = frame;
  if (change === null) {
    floats[7] = 1;
    return words;
  }
  const source: FrameSource | null = sourceOf(change, format);
  if (source !== null) floats.set([source.xx, source.xy, source.x0, source.yx, source.yy, source.y0], 1);
  floats[7] = change.gamma;
  floats[8] = change.brightness;
  const { uniformNoise: uniform, gaussianNoise: gaussian } = change;
  if (uniform !== null) {
    floats.set([uniform.least, uniform.most - uniform.least], 9);
    words[11] = uniform.seed;
  }
  if (gaussian !== null) {
    floats.set([gaussian.mean, gaussian.deviation], 12);
    words[14] = gaussian.seed;
  }
  words[15] = (source ? MOVES : 0) | (uniform ? UNIFORM_NOISE : 0) | (gaussian ? GAUSSIAN_NOISE : 0);
  return words;
}

/** The table of the gaussian noise, for the device. */
export const normalTable = (): tf.Tensor1D => tf.tensor1d(normalNumbers());

/** @param store int32 @param changes [B, 16] int32 @param normals normalTable() */
export function gatherFrames(
  store: tf.Tensor1D,
  changes: tf.Tensor2D,
  normals: tf.Tensor1D,
  format: ImageFormat,
): tf.Tensor4D {
  const { widthPx, heightPx, channels } = format;
  const shape: [number, number, number, number] = [changes.shape[0], heightPx, widthPx, channels];
  const output = compute(program(format, changes.shape[0]), shape, [store, changes, normals]);
  return tf.engine().makeTensorFromTensorInfo(output) as tf.Tensor4D;
}

function program(format: ImageFormat, batch: number): Program {
  const { widthPx: W, heightPx: H, channels: C } = format;
  const { workgroups, index } = flatGrid(Math.ceil((batch * H * W) / THREADS));
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> images: array<f32>;
@group(0) @binding(1) var<storage, read> store: array<u32>;
@group(0) @binding(2) var<storage, read> changes: array<u32>;
@group(0) @binding(3) var<storage, read> normals: array<f32>;

/// A level of a frame, 0 outside of it. \`first\` is the frame's first word.
fn level(first: u32, x: i32, y: i32, c: i32) -> f32 {
  if (x < 0 || y < 0 || x >= ${W} || y >= ${H}) { return 0.0; }
  let at = u32((y * ${W} + x) * ${C} + c);
  return f32((store[first + at / 4u] >> (8u * (at % 4u))) & 255u);
}

/// The pixel's number in the noise of a seed.
fn scrambled(seed: u32, pixel: u32) -> u32 {
  var word = seed + pixel * 0x9e3779b9u;
  word = (word ^ (word >> 16u)) * 0x85ebca6bu;
  word = (word ^ (word >> 13u)) * 0xc2b2ae35u;
  return word ^ (word >> 16u);
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let number = ${index} * ${THREADS}u + thread;
  if (number >= ${batch * H * W}u) { return; }
  let pixel = number % ${H * W}u;
  let own = (number / ${H * W}u) * ${NUMBERS_PER_CHANGE}u;
  let first = changes[own] * ${wordsPerFrame(format)}u;
  let flags = changes[own + 15u];
  let x = i32(pixel % ${W}u);
  let y = i32(pixel / ${W}u);
  let along = vec3<f32>(f32(x), f32(y), 1.0);
  let fromX = dot(along, bitcast<vec3<f32>>(vec3<u32>(changes[own + 1u], changes[own + 2u], changes[own + 3u])));
  let fromY = dot(along, bitcast<vec3<f32>>(vec3<u32>(changes[own + 4u], changes[own + 5u], changes[own + 6u])));
  let left = i32(floor(fromX));
  let top = i32(floor(fromY));
  let right = fromX - floor(fromX);
  let bottom = fromY - floor(fromY);
  let gamma = bitcast<f32>(changes[own + 7u]);
  var added = bitcast<f32>(changes[own + 8u]);
  if ((flags & ${UNIFORM_NOISE}u) != 0u) {
    let share = f32(scrambled(changes[own + 11u], pixel)) / 4294967296.0;
    added += bitcast<f32>(changes[own + 9u]) + bitcast<f32>(changes[own + 10u]) * share;
  }
  if ((flags & ${GAUSSIAN_NOISE}u) != 0u) {
    let normal = normals[scrambled(changes[own + 14u], pixel) >> 16u];
    added += bitcast<f32>(changes[own + 12u]) + bitcast<f32>(changes[own + 13u]) * normal;
  }
  for (var c = 0; c < ${C}; c++) {
    var value: f32;
    if ((flags & ${MOVES}u) != 0u) {
      let above = mix(level(first, left, top, c), level(first, left + 1, top, c), right);
      let below = mix(level(first, left, top + 1, c), level(first, left + 1, top + 1, c), right);
      value = mix(above, below, bottom);
    } else {
      value = level(first, x, y, c);
    }
    if (gamma != 1.0 && value > 0.0) { value = 255.0 * pow(value / 255.0, gamma); }
    images[number * ${C}u + u32(c)] = round(clamp(value + added, 0.0, 255.0)) / 255.0;
  }
}`;
  return { name: 'GatherFrames', wgsl, workgroups };
}
