/**
 * From 8-bit levels to numbers in [0, 1] on the device: a quarter of the bytes go up, and the host converts none of them.
 * Four levels lie in a 32-bit word, the first one in its lowest byte, as they lie in memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import { compute, flatGrid, type Program } from './dispatch.ts';

export const LEVELS_PER_WORD = 4;
const THREADS = 64;

/** @param words int32, at least as many as hold the levels. @returns levels / 255 in this shape. */
export function unpackLevels(words: tf.TensorInfo, shape: [number, number, number, number]): tf.Tensor4D {
  const unit = compute(unpackProgram(tf.util.sizeFromShape(shape)), shape, [words]);
  return tf.engine().makeTensorFromTensorInfo(unit) as tf.Tensor4D;
}

/** The words of these levels; what is left of the last word is 0. */
export function packLevels(levels: Uint8Array): Int32Array<ArrayBuffer> {
  const words = new Int32Array(Math.ceil(levels.length / LEVELS_PER_WORD));
  new Uint8Array(words.buffer).set(levels);
  return words;
}

function unpackProgram(levels: number): Program {
  const wholeWords = Math.floor(levels / LEVELS_PER_WORD);
  const { workgroups, index } = flatGrid(Math.ceil(levels / LEVELS_PER_WORD / THREADS));
  const level = (i: number) => `f32((word >> ${8 * i}u) & 255u) / 255.0`;
  // The last word may hold fewer levels than the others.
  const last = Array.from({ length: levels % LEVELS_PER_WORD }, (_, i) => `unit[first + ${i}u] = ${level(i)};`);
  const wgsl = `
    @group(0) @binding(0) var<storage, read_write> unit: array<f32>;
    @group(0) @binding(1) var<storage, read> words: array<u32>;
    @compute @workgroup_size(${THREADS})
    fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
      let at = ${index} * ${THREADS}u + thread;
      let first = at * ${LEVELS_PER_WORD}u;
      if (at < ${wholeWords}u) {
        let word = words[at];
        ${[0, 1, 2, 3].map(i => `unit[first + ${i}u] = ${level(i)};`).join('\n        ')}
      } else if (first < ${levels}u) {
        let word = words[at];
        ${last.join('\n        ')}
      }
    }`;
  return { name: `UnpackLevels ${levels}`, wgsl, workgroups };
}
