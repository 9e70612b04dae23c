/** The gradient of max pooling: each gradient goes to the first largest number of its window. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import type { Shape4D } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { poolWinners } from '../support/max-pool.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([
  [[1, 8, 8, 4], 2, 2, 'same'],
  [[5, 7, 9, 3], 2, 2, 'same'],
  [[1, 9, 11, 8], 3, 2, 'same'],
  [[2, 9, 8, 1], 3, 1, 'same'],
  [[1, 8, 7, 513], 3, 2, 'valid'],
  [[1, 7, 6, 4], 2, 3, 'valid'],
] as const)('of %s in windows of %i every %i, %s', async (given, window, stride, pad) => {
  const shape = [...given] as Shape4D;
  const { tensor, values } = numbers(shape, 1);
  tensor.dispose();
  // Few different numbers, negative ones among them: many windows have two largest.
  const x = values.map(value => Math.round(3 * value) - 1);
  const { shape: outShape, winners } = poolWinners(shape, x, window, stride, pad);
  const dy = numbers(outShape, 2);
  const expected = new Float64Array(x.length);
  for (const [i, winner] of winners.entries()) expected[winner]! += dy.values[i]!;
  const inputs = {
    input: tf.tensor(x, shape),
    output: tf.tensor(
      winners.map(at => x[at]!),
      outShape,
    ),
    dy: dy.tensor,
  };
  const attrs = { filterSize: [window, window], strides: [stride, stride], pad };
  const dx = poisoned([shape], () => tf.engine().runKernel('MaxPoolGrad', inputs, attrs as never) as tf.Tensor);
  expect(await relativeError(dx, expected)).toBeLessThan(1e-6);
  tf.dispose([inputs, dx]);
});
