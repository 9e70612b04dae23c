/** How far a kernel's numbers are from a reference in 64 bits that the test itself computes. */
import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Largest difference, as a share of the largest expected number; NaN anywhere makes it NaN. */
export async function relativeError(actual: tf.Tensor, expected: ArrayLike<number>): Promise<number> {
  const values = await actual.data();
  expect(values.length).toBe(expected.length);
  let [largest, worst] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    worst = Math.max(worst, Math.abs(expected[i]! - values[i]!));
  }
  return worst / (largest || 1);
}
