/** Bilinear upsampling with half-pixel centres against its definition, and its gradient against the transpose of that. */
import type * as tf from '@tensorflow/tfjs-core';
import { dispose, valueAndGrad } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { upsampleHalfPixel } from '../../gpu-worker/model/layers/half-pixel-upsampling.ts';
import type { Shape4D } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { upsampled } from '../support/half-pixel.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([
  [[2, 5, 7, 3], 2],
  [[1, 1, 1, 4], 2],
  [[5, 3, 1, 8], 2],
  [[1, 2, 3, 513], 2],
  [[1, 3, 4, 4], 4],
  [[2, 1, 2, 1], 8],
] as const)('of %s by %i', async (given, factor) => {
  const shape = [...given] as Shape4D;
  const outShape = [shape[0], factor * shape[1], factor * shape[2], shape[3]];
  const [x, dy] = [numbers(shape, 1), numbers(outShape, 2)];
  const expected = upsampled(shape, factor, x.values, dy.values);
  const { value, grad } = poisoned([shape, outShape], () =>
    valueAndGrad(image => upsampleHalfPixel(image as tf.Tensor4D, factor) as tf.Tensor)(x.tensor, dy.tensor),
  );
  expect(await relativeError(value, expected.y)).toBeLessThan(1e-6);
  expect(await relativeError(grad, expected.dx)).toBeLessThan(1e-6);
  dispose([x.tensor, dy.tensor, value, grad]);
});
