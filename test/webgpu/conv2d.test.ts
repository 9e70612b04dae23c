/** Our WebGPU convolutions, forward and both gradients, against direct loops in 64 bits. What a kernel leaves unwritten shows as NaN. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ConvCase, convShapes, eachProduct, nameOfConv } from '../support/convolution.ts';
import { numbers, openGpu, poisoned, relativeError } from '../support/gpu.ts';
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

describe.each(CASES.map(given => [nameOfConv(given), given] as const))('a convolution of %s', (_, given) => {
  const shape = convShapes(given);
  const { stride, pad, dilation = [1, 1] } = given;

  it('is the sum of its products, and so are its gradients', async () => {
    const x = numbers(shape.x, 1);
    const filter = numbers(shape.filter, 2);
    const dy = numbers(shape.y, 3);
    const expected = {
      y: new Float64Array(dy.values.length),
      dx: new Float64Array(x.values.length),
      dw: new Float64Array(filter.values.length),
    };
    eachProduct(given, (xi, wi, yi) => {
      expected.y[yi]! += x.values[xi]! * filter.values[wi]!;
      expected.dx[xi]! += filter.values[wi]! * dy.values[yi]!;
      expected.dw[wi]! += x.values[xi]! * dy.values[yi]!;
    });
    const attrs = {
      strides: stride,
      pad,
      dilations: dilation,
      dataFormat: 'NHWC',
      dimRoundingMode: undefined,
    } as never;
    const run = (kernel: string, inputs: Record<string, tf.Tensor>, more: object, out: number[]) =>
      poisoned(
        [out],
        () => tf.engine().runKernel(kernel, inputs, { ...(attrs as object), ...more } as never) as tf.Tensor,
      );
    const y = run('Conv2D', { x: x.tensor, filter: filter.tensor }, {}, shape.y);
    const inputs = { dy: dy.tensor, filter: filter.tensor };
    const dx = run('Conv2DBackpropInput', inputs, { inputShape: shape.x }, shape.x);
    const dw = run('Conv2DBackpropFilter', { x: x.tensor, dy: dy.tensor }, { filterShape: shape.filter }, shape.filter);
    expect(await relativeError(y, expected.y), 'y').toBeLessThan(MOST_ERROR);
    expect(await relativeError(dx, expected.dx), 'dx').toBeLessThan(MOST_ERROR);
    expect(await relativeError(dw, expected.dw), 'dw').toBeLessThan(MOST_ERROR);
    tf.dispose([x.tensor, filter.tensor, dy.tensor, y, dx, dw]);
  });
});
