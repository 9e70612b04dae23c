/** Sums on wasm: of tensors of one shape by our kernel, of all others by the stock one. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

describe('a sum on wasm', () => {
  it.each([
    ['of many numbers', [3, 41, 67, 5], [3, 41, 67, 5], 'float32'],
    ['of few', [2, 3], [2, 3], 'float32'],
    ['of one row with all', [3, 41, 67, 5], [5], 'float32'],
    ['of integers', [3, 41, 67, 5], [3, 41, 67, 5], 'int32'],
  ] as const)('%s', async (_, left, right, dtype) => {
    const [a, b] = [left, right].map((shape, seed) =>
      tf.tidy(() => tf.cast(tf.randomUniform([...shape], -99, 99, 'float32', seed), dtype)),
    ) as [tf.Tensor, tf.Tensor];
    const [as, bs] = [await a.data(), await b.data()];
    const expected = as.map((value, i) => value + bs[i % bs.length]!);
    const sum = onDirtyHeap([[...left]], () => tf.add(a, b));
    expect([sum.dtype, sum.shape]).toEqual([dtype, left]);
    expect(await sum.data()).toEqual(expected);
    tf.dispose([a, b, sum]);
  });
});
