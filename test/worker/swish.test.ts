/** Swish and its gradient on both CPU backends, by our kernels and by TensorFlow.js's operations, against their definitions in 64 bits. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { swish } from '../../gpu-worker/model/swish.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const value = (x: number) => x * sigmoid(x);
const slope = (x: number) => sigmoid(x) * (1 + x * sigmoid(-x));

const SHAPES = [[1, 1, 1, 1], [2, 3, 5, 7], [3, 37, 41, 6], [2, 60, 64, 17], [1234]];

describe.each([
  ['wasm', 1],
  ['wasm', 2],
  ['cpu', 1],
] as const)('swish on %s with %i threads', (backend, threads) => {
  beforeAll(async () => {
    tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
    await openDevice('wasm', { threads });
    await tf.setBackend(backend);
  });
  expectNoTensorsLeft();

  it.each(SHAPES.map(shape => [shape]))('of %j has its value and its gradient', async shape => {
    const [near, dy] = [numbers(shape, 1), numbers(shape, 2)];
    const values = near.values.map(each => 12 * each);
    const x = tf.tensor(values, shape);
    const got = onDirtyHeap([shape], () => tf.valueAndGrad(swish)(x, dy.tensor));
    expect(got.value.shape).toEqual(shape);
    expect(await relativeError(got.value, Array.from(values, value))).toBeLessThan(1e-6);
    const dx = Array.from(values, (each, i) => slope(each) * dy.values[i]!);
    expect(await relativeError(got.grad, dx)).toBeLessThan(1e-6);
    tf.dispose([x, near.tensor, dy.tensor, got]);
  });

  it('overflows nowhere, and keeps NaN', async () => {
    const values = [-1e4, -200, -88, -87, -86, 0, 86, 87, 88, 200, 1e4];
    const [x, one] = [tf.tensor1d(values), tf.ones([values.length])];
    const got = tf.valueAndGrad(swish)(x, one);
    for (const [tensor, exact] of [
      [got.value, value],
      [got.grad, slope],
    ] as const) {
      for (const [i, each] of (await tensor.data()).entries()) {
        const expected = exact(values[i]!);
        expect(Math.abs(each - expected), `of ${values[i]}`).toBeLessThan(1e-6 * Math.abs(expected) + 1e-30);
      }
    }
    const nan = tf.fill([5], Number.NaN);
    const none = tf.valueAndGrad(swish)(nan, nan);
    for (const tensor of [none.value, none.grad]) expect((await tensor.data()).every(Number.isNaN)).toBe(true);
    tf.dispose([x, one, got, nan, none]);
  });
});

describe('the exponential in swish on wasm', () => {
  beforeAll(async () => {
    await openDevice('wasm', { threads: 2 });
  });
  expectNoTensorsLeft();

  it('is right to a millionth of each number, however small', async () => {
    const values = Float32Array.from({ length: 60_001 }, (_, i) => -80 + i / 375);
    const x = tf.tensor1d(values);
    const y = swish(x);
    const worst = (await y.data<'float32'>()).reduce((most, each, i) => {
      const expected = value(values[i]!);
      return Math.max(most, Math.abs(each - expected) / (Math.abs(expected) || 1));
    }, 0);
    expect(worst).toBeLessThan(1e-6);
    tf.dispose([x, y]);
  });
});
