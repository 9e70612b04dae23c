/** Max pooling on wasm, and its gradient: each goes to the first largest number of its window. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import type { Pad, Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { poolWinners } from '../support/max-pool.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const CASES: [shape: Shape4D, window: number, stride: number, pad: Pad][] = [];
for (const [window, stride, pad] of [
  [2, 2, 'same'],
  [2, 2, 'valid'],
  [3, 2, 'same'],
  [3, 1, 'valid'],
  [2, 1, 'same'],
  [2, 3, 'valid'],
  [5, 3, 'same'],
] as [number, number, Pad][])
  for (const shape of [
    [1, 8, 10, 4],
    [2, 9, 7, 3],
    [5, 7, 8, 1],
    [2, 11, 9, 13],
    [1, 5, 6, 37],
    [3, 50, 21, 17],
  ] as Shape4D[])
    CASES.push([shape, window, stride, pad]);

/** Few different numbers, negative ones among them: many windows have two largest, or none above zero. */
function coarse(shape: Shape4D): tf.Tensor4D {
  return tf.tidy(() => tf.sub(tf.round(tf.randomUniform(shape, -3, 3, 'float32', 4)), 2));
}

describe('max pooling on wasm', () => {
  it.each(CASES)('of %j in windows of %i every %i, %s', async (shape, window, stride, pad) => {
    const x = coarse(shape);
    const xs = await x.data<'float32'>();
    const { shape: outShape, winners } = poolWinners(shape, xs, window, stride, pad);
    const dy = tf.randomNormal(outShape, 0, 1, 'float32', 5) as tf.Tensor4D;
    const dx = new Float64Array(xs.length);
    for (const [i, value] of (await dy.data()).entries()) dx[winners[i]!]! += value;
    const { value, grad } = onDirtyHeap([shape, outShape], () =>
      tf.valueAndGrad(image => tf.maxPool(image as tf.Tensor4D, window, stride, pad))(x, dy),
    );
    expect(value.shape).toEqual(outShape);
    expect(
      await relativeError(
        value,
        winners.map(at => xs[at]!),
      ),
    ).toBe(0);
    expect(await relativeError(grad, dx)).toBeLessThan(1e-6);
    tf.dispose([x, dy, value, grad]);
  });

  it('lets no number hide windows of NaN', async () => {
    const x = tf.fill([1, 4, 6, 5], Number.NaN) as tf.Tensor4D;
    for (const window of [2, 3]) {
      const y = tf.maxPool(x, window, 2, 'same');
      expect((await y.data()).every(Number.isNaN)).toBe(true);
      y.dispose();
    }
    x.dispose();
  });
});
