/** What comes after a convolution, backwards, and the whole fused operation, against sums in 64 bits. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { fusedConv2d } from '../../gpu-worker/model/fused-conv2d.ts';
import { fusedConv2dTranspose } from '../../gpu-worker/model/fused-conv2d-transpose.ts';
import { type ConvCase, convShapes, eachProduct } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

/** Most of a sum's error is that of its last additions. */
const MOST_ERROR = 2e-6;

describe.each([
  [[1, 7, 5, 1]],
  [[5, 3, 3, 513]],
  [[1, 9, 1, 24]],
  [[1, 1, 1, 4]],
  [[5, 67, 31, 8]],
  [[2, 40, 33, 3]],
] as const)('the gradients of bias and rectifier of %s', shape => {
  it('let pass what was above zero, and sum it over the pixels', async () => {
    const [y, dy] = [numbers([...shape], 1), numbers([...shape], 2)];
    const channels = shape[3];
    const expected = {
      dz: new Float64Array(dy.values.length),
      rectified: new Float64Array(channels),
      sum: new Float64Array(channels),
    };
    dy.values.forEach((value, i) => {
      expected.dz[i] = y.values[i]! > 0 ? value : 0;
      expected.rectified[i % channels]! += expected.dz[i]!;
      expected.sum[i % channels]! += value;
    });
    const run = (inputs: tf.NamedTensorMap) =>
      poisoned(
        [[...shape], [channels]],
        () => tf.engine().runKernel('BiasActivationGrad', inputs) as unknown as tf.Tensor[],
      );
    const [dz, dbias] = run({ dy: dy.tensor, y: y.tensor });
    const [sum] = run({ dy: dy.tensor });
    expect(await relativeError(dz!, expected.dz)).toBe(0);
    expect(await relativeError(dbias!, expected.rectified)).toBeLessThan(MOST_ERROR);
    expect(await relativeError(sum!, expected.sum)).toBeLessThan(MOST_ERROR);
    tf.dispose([y.tensor, dy.tensor, dz!, dbias!, sum!]);
  });
});

it.each(['relu', 'linear'] as const)('a fused convolution (%s) has the gradients of its parts', async activation => {
  const given: ConvCase = { batch: 2, size: [9, 8], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [3, 4] };
  const shapes = convShapes(given);
  const [x, filter, bias, dy] = [
    numbers(shapes.x, 1),
    numbers(shapes.filter, 2),
    numbers([4], 3),
    numbers(shapes.y, 4),
  ];
  const z = Float64Array.from(dy.values, (_, i) => bias.values[i % 4]!);
  eachProduct(given, (xi, wi, yi) => (z[yi]! += x.values[xi]! * filter.values[wi]!));
  const dz = Float64Array.from(dy.values, (value, i) => (activation === 'linear' || z[i]! > 0 ? value : 0));
  const expected = [x, filter, bias].map(({ values }) => new Float64Array(values.length));
  eachProduct(given, (xi, wi, yi) => {
    expected[0]![xi]! += filter.values[wi]! * dz[yi]!;
    expected[1]![wi]! += x.values[xi]! * dz[yi]!;
  });
  for (const [i, value] of dz.entries()) expected[2]![i % 4]! += value;
  const convolve = (...[a, b, c]: tf.Tensor[]) =>
    fusedConv2d(a as tf.Tensor4D, b as tf.Tensor4D, c as tf.Tensor1D, { strides: [2, 2], pad: 'same', activation });
  const gradients = tf.grads(convolve)([x.tensor, filter.tensor, bias.tensor], dy.tensor);
  for (const [i, gradient] of gradients.entries())
    expect(await relativeError(gradient, expected[i]!)).toBeLessThan(MOST_ERROR);
  tf.dispose([x.tensor, filter.tensor, bias.tensor, dy.tensor, gradients]);
});

it('a fused transposed convolution is the transpose of a convolution, with bias and rectifier', async () => {
  const given: ConvCase = { batch: 2, size: [8, 6], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [4, 3] };
  const shapes = convShapes(given);
  const [small, filter, bias] = [numbers(shapes.y, 1), numbers(shapes.filter, 2), numbers([4], 3)];
  const large = Float64Array.from({ length: 2 * 8 * 6 * 4 }, (_, i) => bias.values[i % 4]!);
  eachProduct(given, (xi, wi, yi) => (large[xi]! += small.values[yi]! * filter.values[wi]!));
  const y = poisoned([shapes.x], () =>
    fusedConv2dTranspose(small.tensor as tf.Tensor4D, filter.tensor as tf.Tensor4D, bias.tensor as tf.Tensor1D, {
      strides: 2,
      activation: 'relu',
    }),
  );
  expect(
    await relativeError(
      y,
      large.map(value => Math.max(0, value)),
    ),
  ).toBeLessThan(MOST_ERROR);
  tf.dispose([small.tensor, filter.tensor, bias.tensor, y]);
});
