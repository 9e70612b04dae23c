/** Numbers for tests of kernels, on any backend. */
import * as tf from '@tensorflow/tfjs-core';

/** A tensor of numbers in [-1, 1] without a pattern, and the same numbers for the reference. */
export function numbers<S extends number[]>(shape: S, seed: number): { tensor: tf.Tensor; values: Float32Array } {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { tensor: tf.tensor(values.slice(), shape), values };
}
