/** Our WebGPU convolutions, forward and both gradients, against direct loops in 64 bits. What a kernel leaves unwritten shows as NaN. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { withHalfProducts } from '../../gpu-worker/kernels/webgpu/precision.ts';
import { type ConvCase, convShapes, eachProduct, nameOfConv } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { roundToHalf } from '../support/half.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

const CASES: ConvCase[] = [
  { batch: 1, size: [9, 7], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [1, 4] },
  { batch: 5, size: [8, 11], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [3, 5] },
  { batch: 5, size: [9, 7], kernel: [3, 3], stride: [1, 1], pad: 'valid', channels: [8, 12] },
  { batch: 1, size: [13, 10], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [16, 64] },
  { batch: 1, size: [8, 8], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [4, 8] },
  { batch: 5, size: [9, 7], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [3, 5] },
  { batch: 1, size: [11, 8], kernel: [7, 7], stride: [2, 2], pad: 'valid', channels: [3, 4] },
  { batch: 1, size: [8, 9], kernel: [3, 5], stride: [2, 1], pad: 'same', channels: [4, 4] },
  { batch: 5, size: [5, 7], kernel: [1, 1], stride: [1, 1], pad: 'same', channels: [8, 13] },
  { batch: 1, size: [6, 5], kernel: [1, 1], stride: [2, 2], pad: 'same', channels: [4, 8] },
  { batch: 1, size: [3, 3], kernel: [1, 1], stride: [1, 1], pad: 'same', channels: [513, 1] },
  { batch: 1, size: [4, 3], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [1, 513] },
  { batch: 1, size: [4, 4], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [513, 4] },
  { batch: 1, size: [12, 11], kernel: [3, 3], stride: [1, 1], dilation: [2, 2], pad: 'same', channels: [4, 8] },
  { batch: 5, size: [9, 10], kernel: [3, 3], stride: [1, 1], dilation: [3, 2], pad: 'valid', channels: [3, 5] },
  { batch: 1, size: [40, 36], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [8, 16] },
];

const MOST_ERROR = 3e-6;

/** y, dx and dw of the same random numbers as our kernels make them, and as the sums of products say. @param half in mixed precision */
async function both(given: ConvCase, { half = false } = {}) {
  const shape = convShapes(given);
  const { stride: strides, pad, dilation: dilations = [1, 1] } = given;
  const [x, filter, dy] = [numbers(shape.x, 1), numbers(shape.filter, 2), numbers(shape.y, 3)];
  const expected = {
    y: new Float64Array(dy.values.length),
    dx: new Float64Array(x.values.length),
    dw: new Float64Array(filter.values.length),
  };
  const [xs, ws, dys] = [x, filter, dy].map(({ values }) => values.map(half ? roundToHalf : value => value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  eachProduct(given, (xi, wi, yi) => {
    expected.y[yi]! += xs[xi]! * ws[wi]!;
    expected.dx[xi]! += ws[wi]! * dys[yi]!;
    expected.dw[wi]! += xs[xi]! * dys[yi]!;
  });
  const run = (kernel: string, inputs: Record<string, tf.Tensor>, out: number[], more: object = {}) => {
    const attrs = { strides, pad, dilations, dataFormat: 'NHWC', ...more };
    const work = () => tf.engine().runKernel(kernel, inputs, attrs as never) as tf.Tensor;
    return poisoned([out], () => (half ? withHalfProducts(work) : work()));
  };
  const actual = {
    y: run('Conv2D', { x: x.tensor, filter: filter.tensor }, shape.y),
    dx: run('Conv2DBackpropInput', { dy: dy.tensor, filter: filter.tensor }, shape.x, { inputShape: shape.x }),
    dw: run('Conv2DBackpropFilter', { x: x.tensor, dy: dy.tensor }, shape.filter, { filterShape: shape.filter }),
  };
  const errors = {
    y: await relativeError(actual.y, expected.y),
    dx: await relativeError(actual.dx, expected.dx),
    dw: await relativeError(actual.dw, expected.dw),
  };
  tf.dispose([x.tensor, filter.tensor, dy.tensor, actual]);
  return errors;
}

describe('a convolution and both its gradients are the sums of their products', () => {
  it.each(CASES.map(given => [nameOfConv(given), given] as const))('%s', async (_, given) => {
    const { y, dx, dw } = await both(given);
    expect(y, 'y').toBeLessThan(MOST_ERROR);
    expect(dx, 'dx').toBeLessThan(MOST_ERROR);
    expect(dw, 'dw').toBeLessThan(MOST_ERROR);
  });
});

describe('in mixed precision they are the sums of products of rounded factors', () => {
  const [odd, wide] = [CASES[1]!, CASES[3]!];
  it.each([odd, { ...wide, stride: [2, 2] as [number, number] }].map(given => [nameOfConv(given), given] as const))(
    '%s',
    async (_, given) => {
      const { y, dx, dw } = await both(given, { half: true });
      expect(y, 'y').toBeLessThan(MOST_ERROR);
      expect(dx, 'dx').toBeLessThan(MOST_ERROR);
      expect(dw, 'dw').toBeLessThan(MOST_ERROR);
    },
  );
});
