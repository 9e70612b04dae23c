/** Our convolutions on wasm against direct loops in 64 bits: the direct sum and Winograd's algorithm, with everything that their tiles can meet. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { type ConvCase, convShapes, eachProduct, nameOfConv, type Pad } from '../support/convolution.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

/** Forward, with bias and rectifier; and both gradients, of convolutions that have one. */
async function errorsOf(given: ConvCase): Promise<{ y: number; dx?: number; dw?: number }> {
  const shape = convShapes(given);
  const [x, filter, dy, bias] = [shape.x, shape.filter, shape.y, [given.channels[1]]].map((size, i) =>
    numbers(size, i + 1),
  );
  const expected = {
    y: new Float64Array(dy!.values.length),
    dx: new Float64Array(x!.values.length),
    dw: new Float64Array(filter!.values.length),
  };
  eachProduct(given, (xi, wi, yi) => {
    expected.y[yi]! += x!.values[xi]! * filter!.values[wi]!;
    expected.dx[xi]! += filter!.values[wi]! * dy!.values[yi]!;
    expected.dw[wi]! += x!.values[xi]! * dy!.values[yi]!;
  });
  const rectified = expected.y.map((sum, i) => Math.max(0, sum + bias!.values[i % bias!.values.length]!));
  const attrs = { strides: given.stride, pad: given.pad, dataFormat: 'NHWC', dilations: given.dilation ?? [1, 1] };
  const run = (kernel: string, inputs: Record<string, tf.Tensor>, more: object) =>
    tf.engine().runKernel(kernel, inputs, { ...attrs, ...more } as unknown as tf.NamedAttrMap) as tf.Tensor;
  const tensors = { x: x!.tensor, filter: filter!.tensor, dy: dy!.tensor, bias: bias!.tensor };
  const y = run('FusedConv2D', { x: tensors.x, filter: tensors.filter, bias: tensors.bias }, { activation: 'relu' });
  const errors: Awaited<ReturnType<typeof errorsOf>> = { y: await relativeError(y, rectified) };
  y.dispose();
  if (!given.dilation) {
    const dx = run('Conv2DBackpropInput', { dy: tensors.dy, filter: tensors.filter }, { inputShape: shape.x });
    const dw = run('Conv2DBackpropFilter', { x: tensors.x, dy: tensors.dy }, { filterShape: shape.filter });
    errors.dx = await relativeError(dx, expected.dx);
    errors.dw = await relativeError(dw, expected.dw);
    tf.dispose([dx, dw]);
  }
  tf.dispose(Object.values(tensors));
  return errors;
}

const direct: ConvCase[] = [];
for (const [kernel, stride, dilation] of [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [1, 1],
    [2, 2],
  ],
  [
    [3, 3],
    [2, 2],
  ],
  [
    [7, 7],
    [2, 2],
  ],
  [
    [2, 5],
    [1, 3],
  ],
  [
    [4, 4],
    [2, 2],
  ],
  [
    [3, 3],
    [1, 1],
    [2, 2],
  ],
  [
    [3, 2],
    [1, 2],
    [1, 3],
  ],
] as [kernel: [number, number], stride: [number, number], dilation?: [number, number]][])
  for (const pad of ['same', 'valid'] as Pad[])
    for (const [batch, size, channels] of [
      [1, [9, 13], [1, 3]],
      [3, [11, 8], [17, 13]],
    ] as [number, [number, number], [number, number]][])
      direct.push({ batch, size, kernel, stride, ...(dilation && { dilation }), pad, channels });

describe('the direct sum', () => {
  it.each(direct.map(given => [nameOfConv(given), given] as const))('%s', async (_, given) => {
    for (const error of Object.values(await errorsOf(given))) expect(error).toBeLessThan(2e-6);
  });

  it('of rows that are narrower than the four pixels of a tile', async () => {
    for (const width of [1, 2, 3]) {
      const given: ConvCase = {
        ...{ batch: 2, size: [5, width], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [5, 9] },
      };
      for (const error of Object.values(await errorsOf(given))) expect(error).toBeLessThan(2e-6);
    }
  });
});

/** [batch, height, width, channels in and out, padding] */
const patches: [number, number, number, number, number, Pad][] = [
  [1, 8, 8, 16, 8, 'same'],
  [2, 9, 7, 12, 16, 'same'],
  [1, 10, 10, 9, 17, 'valid'],
  [3, 6, 50, 15, 33, 'same'],
  [1, 1, 5, 16, 16, 'same'],
  [2, 13, 22, 27, 18, 'same'],
  [2, 24, 24, 96, 8, 'same'],
];

describe("Winograd's algorithm", () => {
  it.each(patches)('on %i of %i x %i, %i to %i channels, %s', async (batch, height, width, from, to, pad) => {
    const errors = await errorsOf({
      ...{ batch, size: [height, width], kernel: [3, 3], stride: [1, 1], pad, channels: [from, to] },
    });
    for (const error of Object.values(errors)) expect(error).toBeLessThan(4e-6);
  });
});

it('keeps NaN, which a training has to see', async () => {
  for (const channels of [2, 16]) {
    const x = tf.fill([1, 4, 4, channels], Number.NaN) as tf.Tensor4D;
    const filter = tf.ones([3, 3, channels, 16]) as tf.Tensor4D;
    const y = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' });
    expect((await y.data()).every(Number.isNaN)).toBe(true);
    tf.dispose([x, filter, y]);
  }
});
