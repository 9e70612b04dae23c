/** What comes after a convolution, backwards, on wasm: the gradients of a bias and of a rectifier against sums in 64 bits. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { biasActivationGrad } from '../../gpu-worker/model/fused-conv2d.ts';
import { reluGrad } from '../../gpu-worker/model/relu-grad.ts';
import type { Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const SHAPES = [
  [1, 1, 1, 1],
  [3, 5, 7, 1],
  [5, 40, 41, 1],
  [2, 33, 31, 3],
  [2, 9, 7, 5],
  [3, 25, 31, 8],
  [1, 23, 29, 13],
  [2, 64, 65, 16],
  [1, 33, 47, 17],
  [4, 40, 40, 24],
  [1, 5, 3, 513],
] as Shape4D[];

async function given(shape: Shape4D) {
  const dy = tf.randomNormal(shape, 0.1, 1, 'float32', 1) as tf.Tensor4D;
  const y = tf.tidy(() => tf.relu(tf.randomNormal(shape, 0, 1, 'float32', 2))) as tf.Tensor4D;
  return { dy, y, dys: await dy.data<'float32'>(), ys: await y.data<'float32'>() };
}

function sums(values: ArrayLike<number>, channels: number): Float64Array {
  const all = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) all[i % channels]! += values[i]!;
  return all;
}

describe.each(SHAPES.map(shape => [shape.join('x'), shape] as const))('of %s', (_, shape) => {
  it('the gradient of a bias is the sum over all pixels', async () => {
    const { dy, y, dys } = await given(shape);
    const { dz, dbias } = onDirtyHeap([shape], () => biasActivationGrad(dy, null));
    expect(dz).toBe(dy);
    expect(dbias.shape).toEqual([shape[3]]);
    expect(await relativeError(dbias, sums(dys, shape[3]))).toBeLessThan(1e-6);
    tf.dispose([dy, y, dbias]);
  });

  it('a rectifier lets pass the gradient where it let pass its input', async () => {
    const { dy, y, dys, ys } = await given(shape);
    const passed = dys.map((value, i) => (ys[i]! > 0 ? value : 0));
    const { dz, dbias } = onDirtyHeap([shape], () => biasActivationGrad(dy, y));
    expect(await relativeError(dz, passed)).toBe(0);
    expect(await relativeError(dbias, sums(passed, shape[3]))).toBeLessThan(1e-6);
    const dx = onDirtyHeap([shape], () => reluGrad(dy, y));
    expect(await relativeError(dx, passed)).toBe(0);
    tf.dispose([dy, y, dz, dbias, dx]);
  });
});
