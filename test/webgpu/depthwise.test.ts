/** Depthwise convolutions on WebGPU: the filter gradient against direct loops in 64 bits, both gradients against numeric differentiation. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, expect, it } from 'vitest';
import { gradientErrors } from '../support/central-differences.ts';
import { axis } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([
  [1, 3, 1, 1, 1],
  [5, 3, 2, 1, 4],
  [2, 5, 1, 1, 3],
  [1, 2, 2, 1, 3],
  [1, 3, 1, 2, 8],
  [1, 3, 1, 1, 513],
])('of %i frames, side %i, stride %i, dilation %i, %i channels', async (batch, side, stride, dilation, C) => {
  const [H, W] = [9, 11];
  for (const multiplier of [1, 2]) {
    const [rows, columns] = [H, W].map(length => axis(length, (side - 1) * dilation + 1, stride, 'same')) as [
      ReturnType<typeof axis>,
      ReturnType<typeof axis>,
    ];
    const filterShape: [number, number, number, number] = [side, side, C, multiplier];
    const N = C * multiplier;
    const x = numbers([batch, H, W, C], 1);
    const dy = numbers([batch, rows.out, columns.out, N], 2);
    const expected = new Float64Array(side * side * N);
    for (let b = 0; b < batch; b++)
      for (let oh = 0; oh < rows.out; oh++)
        for (let ow = 0; ow < columns.out; ow++)
          for (let tap = 0; tap < side * side; tap++) {
            const h = oh * stride + Math.floor(tap / side) * dilation - rows.before;
            const w = ow * stride + (tap % side) * dilation - columns.before;
            if (h < 0 || h >= H || w < 0 || w >= W) continue;
            for (let n = 0; n < N; n++)
              expected[tap * N + n]! +=
                x.values[((b * H + h) * W + w) * C + Math.floor(n / multiplier)]! *
                dy.values[((b * rows.out + oh) * columns.out + ow) * N + n]!;
          }
    const attrs = { strides: stride, dilations: dilation, pad: 'same', dimRoundingMode: undefined, filterShape };
    const run = () =>
      tf
        .engine()
        .runKernel('DepthwiseConv2dNativeBackpropFilter', { x: x.tensor, dy: dy.tensor }, attrs as never) as tf.Tensor;
    const dw = poisoned([filterShape], run);
    expect(await relativeError(dw, expected), `multiplier ${multiplier}`).toBeLessThan(3e-6);
    tf.dispose([x.tensor, dy.tensor, dw]);
  }
});

it.each([
  [3, 1, 'same'],
  [3, 2, 'same'],
  [5, 2, 'valid'],
] as const)('has the gradients of numeric differentiation: side %i, stride %i, %s', async (side, stride, pad) => {
  const run = (...[x, filter]: tf.Tensor[]) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
  const shapes = [
    [1, 5, 6, 4],
    [side, side, 4, 1],
  ];
  for (const error of await gradientErrors(run, shapes)) expect(error).toBeLessThan(1e-5);
});
