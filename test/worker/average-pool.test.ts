/** Average pooling on wasm and its gradient, against their definitions in 64 bits: a window at an edge is the mean of its pixels inside the image. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { eachShare } from '../support/average-pool.ts';
import type { Pad, Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

const SHAPES: Shape4D[] = [
  [1, 8, 10, 4],
  [2, 9, 7, 3],
  [5, 7, 8, 1],
  [2, 11, 9, 13],
  [1, 5, 6, 37],
  [3, 50, 21, 17],
];
const CASES = (
  [
    [[3, 3], 1, 'same'],
    [[2, 2], 2, 'valid'],
    [[2, 2], 2, 'same'],
    [[3, 3], 2, 'same'],
    [[3, 2], 1, 'valid'],
    [[2, 2], 3, 'valid'],
    [[5, 3], 3, 'same'],
  ] as [[number, number], number, Pad][]
).flatMap(window => SHAPES.map(shape => [shape, ...window] as const));

describe.each([1, 2])('average pooling on wasm with %i threads', threads => {
  beforeAll(async () => {
    await openDevice('wasm', { threads });
  });
  expectNoTensorsLeft();

  it.each(CASES)('of %j in windows of %j every %i, %s', async (shape, window, stride, pad) => {
    const outShape = eachShare(shape, window, stride, pad, () => {});
    const [x, dy] = [numbers(shape, 1), numbers(outShape, 2)];
    const [y, dx] = [new Float64Array(dy.values.length), new Float64Array(x.values.length)];
    eachShare(shape, window, stride, pad, (xi, yi, share) => {
      y[yi]! += share * x.values[xi]!;
      dx[xi]! += share * dy.values[yi]!;
    });
    const pool = (image: tf.Tensor) => tf.avgPool(image as tf.Tensor4D, window, stride, pad);
    const got = onDirtyHeap([shape, outShape], () => tf.valueAndGrad(pool)(x.tensor, dy.tensor as tf.Tensor4D));
    expect(got.value.shape).toEqual(outShape);
    expect(await relativeError(got.value, y)).toBeLessThan(1e-6);
    expect(await relativeError(got.grad, dx)).toBeLessThan(1e-6);
    tf.dispose([x.tensor, dy.tensor, got]);
  });

  it('keeps NaN', async () => {
    const x = tf.fill([1, 4, 6, 5], Number.NaN) as tf.Tensor4D;
    const y = tf.avgPool(x, 3, 1, 'same');
    expect((await y.data()).every(Number.isNaN)).toBe(true);
    tf.dispose([x, y]);
  });
});
