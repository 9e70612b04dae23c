/** Averages over images and gates of channels, with their gradients, by our kernels and by TensorFlow.js's operations, against their definitions in 64 bits. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { gateChannels, globalAverage } from '../../gpu-worker/model/channel-gate.ts';
import type { Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

const SHAPES: Shape4D[] = [
  [1, 1, 1, 1],
  [2, 3, 5, 3],
  [1, 160, 160, 5],
  [3, 47, 31, 24],
  [2, 21, 23, 17],
  [4, 7, 5, 70],
  [5, 2, 3, 2100],
];

/** The number of an image and channel, [B, C], that belongs to number i of [B, H, W, C]. */
const ofChannel = ([, height, width, channels]: Shape4D, i: number) =>
  Math.floor(i / (height * width * channels)) * channels + (i % channels);

describe.each([
  ['wasm', 1],
  ['wasm', 2],
  ['cpu', 1],
] as const)('on %s with %i threads', (backend, threads) => {
  beforeAll(async () => {
    tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
    await openDevice('wasm', { threads });
    await tf.setBackend(backend);
  });
  expectNoTensorsLeft();

  it.each(SHAPES.map(shape => [shape] as const))('the average of %j, and its gradient', async shape => {
    const [batch, height, width, channels] = shape;
    const [near, dy] = [numbers(shape, 1), numbers([batch, 1, 1, channels], 2)];
    // Far from zero: digits that a long sum loses would show.
    const values = near.values.map(each => each + 20);
    const means = new Float64Array(batch * channels);
    for (const [i, each] of values.entries()) means[ofChannel(shape, i)]! += each / (height * width);
    const x = tf.tensor4d(values, shape);
    const average = (image: tf.Tensor) => globalAverage(image as tf.Tensor4D);
    const got = onDirtyHeap([shape, dy.tensor.shape], () => tf.valueAndGrad(average)(x, dy.tensor as tf.Tensor4D));
    expect(got.value.shape).toEqual([batch, 1, 1, channels]);
    expect(await relativeError(got.value, means)).toBeLessThan(1e-6);
    const dx = Array.from(values, (_, i) => dy.values[ofChannel(shape, i)]! / (height * width));
    expect(await relativeError(got.grad, dx)).toBeLessThan(1e-6);
    tf.dispose([x, near.tensor, dy.tensor, got]);
  });

  it.each(SHAPES.map(shape => [shape] as const))('gates of %j, and both gradients', async shape => {
    const [batch, , , channels] = shape;
    const [x, gate, dy] = [numbers(shape, 1), numbers([batch, 1, 1, channels], 2), numbers(shape, 3)];
    const gateOf = (i: number) => gate.values[ofChannel(shape, i)]!;
    const dgate = new Float64Array(batch * channels);
    for (const [i, each] of x.values.entries()) dgate[ofChannel(shape, i)]! += each * dy.values[i]!;
    const product = (image: tf.Tensor, factor: tf.Tensor) => gateChannels(image as tf.Tensor4D, factor as tf.Tensor4D);
    const got = onDirtyHeap([shape, gate.tensor.shape], () =>
      tf.valueAndGrads(product)([x.tensor, gate.tensor], dy.tensor as tf.Tensor4D),
    );
    const expected = Array.from(x.values, (each, i) => each * gateOf(i));
    expect(await relativeError(got.value, expected), 'y').toBeLessThan(1e-6);
    const dx = Array.from(dy.values, (each, i) => each * gateOf(i));
    expect(await relativeError(got.grads[0]!, dx), 'dx').toBeLessThan(1e-6);
    expect(got.grads[1]!.shape).toEqual(gate.tensor.shape);
    expect(await relativeError(got.grads[1]!, dgate), 'dgate').toBeLessThan(2e-6);
    tf.dispose([x.tensor, gate.tensor, dy.tensor, got.value, got.grads]);
  });
});
