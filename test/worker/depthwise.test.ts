/** Depthwise convolutions on the CPU and both their gradients, against direct loops in 64 bits and numeric differentiation. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { gradientErrors } from '../support/central-differences.ts';
import { type ConvCase, convShapes, eachGroupedProduct, nameOfConv } from '../support/convolution.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

const MOST_ERROR = 3e-6;

const CASES: ConvCase[] = [
  { batch: 1, size: [9, 7], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [1, 1] },
  { batch: 2, size: [8, 11], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [3, 3] },
  { batch: 3, size: [9, 10], kernel: [5, 5], stride: [1, 1], pad: 'valid', channels: [5, 5] },
  { batch: 2, size: [9, 11], kernel: [7, 2], stride: [2, 1], pad: 'same', channels: [4, 8] },
  { batch: 1, size: [6, 7], kernel: [1, 1], stride: [2, 3], pad: 'valid', channels: [13, 13] },
  { batch: 2, size: [7, 9], kernel: [2, 4], stride: [3, 3], pad: 'same', channels: [3, 9] },
  { batch: 2, size: [40, 37], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [17, 17] },
  { batch: 3, size: [33, 40], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [16, 32] },
];
const DILATED: ConvCase[] = [
  { batch: 2, size: [9, 11], kernel: [3, 3], stride: [1, 1], dilation: [2, 2], pad: 'same', channels: [8, 8] },
  { batch: 1, size: [12, 9], kernel: [3, 2], stride: [1, 1], dilation: [2, 3], pad: 'valid', channels: [3, 6] },
];
const named = (cases: ConvCase[]) => cases.map(given => [nameOfConv(given), given] as const);

/** Tensors of a case, and the numbers of its result and gradients. */
async function made(given: ConvCase) {
  const [C, N] = given.channels;
  const shape = convShapes(given);
  const filterShape: [number, number, number, number] = [...given.kernel, C, N / C];
  const x = tf.randomNormal(shape.x, 0, 1, 'float32', 1) as tf.Tensor4D;
  const filter = tf.randomNormal(filterShape, 0, 1, 'float32', 2) as tf.Tensor4D;
  const dy = tf.randomNormal(shape.y, 0, 1, 'float32', 3) as tf.Tensor4D;
  const [xs, ws, dys] = [await x.data(), await filter.data(), await dy.data()];
  const [y, dx, dw] = [dy, x, filter].map(({ size }) => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  eachGroupedProduct({ ...given, groups: C }, (xi, wi, yi) => {
    y[yi]! += xs[xi]! * ws[wi]!;
    dx[xi]! += ws[wi]! * dys[yi]!;
    dw[wi]! += xs[xi]! * dys[yi]!;
  });
  // What a kernel leaves unwritten shows.
  tf.dispose([shape.x, shape.y, filterShape].flatMap(each => [tf.fill(each, Number.NaN), tf.fill(each, Number.NaN)]));
  return { x, filter, dy, expected: { y, dx, dw } };
}

describe('a depthwise convolution on the CPU', () => {
  it.each(named(CASES))('%s, with both gradients', async (_, given) => {
    const { x, filter, dy, expected } = await made(given);
    const run = (image: tf.Tensor, kernel: tf.Tensor) =>
      tf.depthwiseConv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, given.stride, given.pad);
    const { value, grads } = tf.valueAndGrads(run)([x, filter], dy);
    expect(await relativeError(value, expected.y), 'y').toBeLessThan(MOST_ERROR);
    expect(await relativeError(grads[0]!, expected.dx), 'dx').toBeLessThan(MOST_ERROR);
    expect(await relativeError(grads[1]!, expected.dw), 'dw').toBeLessThan(MOST_ERROR);
    tf.dispose([x, filter, dy, value, grads]);
  });

  it.each([
    [3, 1, 'same'],
    [3, 2, 'same'],
    [5, 2, 'valid'],
  ] as const)('has the gradients of numeric differentiation: side %i, stride %i, %s', async (side, stride, pad) => {
    const run = (...[x, filter]: tf.Tensor[]) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
    const shapes = [
      [2, 7, 6, 5],
      [side, side, 5, 1],
    ];
    for (const error of await gradientErrors(run, shapes)) expect(error).toBeLessThan(1e-5);
  });

  it.each(named(DILATED))('%s, with both gradients', async (_, given) => {
    const { x, filter, dy, expected } = await made(given);
    const attrs = { strides: 1, dilations: given.dilation, pad: given.pad };
    const y = tf.depthwiseConv2d(x, filter, 1, given.pad, 'NHWC', given.dilation);
    // TensorFlow.js has no gradient of a dilated one, but names for its kernels.
    const kernel = (name: string, inputs: tf.NamedTensorMap, shape: object) =>
      tf.engine().runKernel(name, inputs, { ...attrs, ...shape } as never) as tf.Tensor;
    const dx = kernel('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: x.shape });
    const dw = kernel('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: filter.shape });
    expect(await relativeError(y, expected.y), 'y').toBeLessThan(MOST_ERROR);
    expect(await relativeError(dx, expected.dx), 'dx').toBeLessThan(MOST_ERROR);
    expect(await relativeError(dw, expected.dw), 'dw').toBeLessThan(MOST_ERROR);
    tf.dispose([x, filter, dy, y, dx, dw]);
  });

  it.each(['linear', 'relu', 'relu6', 'sigmoid'] as const)('has its bias and %s in the same pass', async activation => {
    const given = CASES[6]!;
    const { x, filter, dy, expected } = await made(given);
    const channels = given.channels[1];
    const bias = tf.randomNormal([channels], 0, 4, 'float32', 4) as tf.Tensor1D;
    const shift = await bias.data();
    const act = {
      linear: (z: number) => z,
      relu: (z: number) => Math.max(0, z),
      relu6: (z: number) => Math.min(6, Math.max(0, z)),
      sigmoid: (z: number) => 1 / (1 + Math.exp(-z)),
    }[activation];
    const y = tf.fused.depthwiseConv2d({ x, filter, bias, strides: 1, pad: 'same', activation });
    const wanted = expected.y.map((value, i) => act(value + shift[i % channels]!));
    expect(await relativeError(y, wanted)).toBeLessThan(MOST_ERROR);
    tf.dispose([x, filter, dy, bias, y]);
  });
});
