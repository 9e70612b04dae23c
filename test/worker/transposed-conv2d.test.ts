/** The transposed convolution beside TensorFlow.js's own layer: the same description, weights, numbers and gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { TransposedConv2D } from '../../gpu-worker/model/layers/transposed-conv2d.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(() => openDevice('wasm', { threads: 1 }));
expectNoTensorsLeft();

it.each([
  ['linear', 3, 2],
  ['relu', 3, 2],
  ['relu', 4, 4],
] as const)('%s, %i x %i taps, as the stock layer', async (activation, kernelSize, strides) => {
  const args = {
    name: 'up',
    filters: 4,
    kernelSize,
    strides,
    kernelInitializer: initializers.glorotUniform({ seed: 5 }),
  };
  const own = new TransposedConv2D(args);
  const stock = layers.conv2dTranspose({ ...args, padding: 'same' });
  expect(JSON.stringify(own.getConfig())).toBe(JSON.stringify(stock.getConfig()));
  expect(own.computeOutputShape([null, 7, 6, 3])).toEqual(stock.computeOutputShape([null, 7, 6, 3]));
  expect(own.computeOutputShape([null, null, null, 3])).toEqual([null, null, null, 4]);
  if (activation === 'relu') own.takeOverRectifier();
  const x = tf.randomNormal([2, 7, 6, 3], 0, 1, 'float32', 1);
  const dy = tf.randomNormal([2, 7 * strides, 6 * strides, 4], 0, 1, 'float32', 2);
  for (const layer of [own, stock]) tf.dispose(layer.apply(x) as tf.Tensor); // builds
  for (const [i, weight] of own.weights.entries())
    expect(await weight.read().data()).toEqual(await stock.weights[i]!.read().data());
  const gradients = (layer: layers.Layer, after: (y: tf.Tensor) => tf.Tensor) => {
    const weights = layer.weights.map(weight => weight.read() as tf.Variable);
    const run = () => tf.sum(tf.mul(dy, after(layer.apply(x) as tf.Tensor))) as tf.Scalar;
    const { value, grads } = tf.variableGrads(run, weights);
    const ofX = tf.grad(image => tf.sum(tf.mul(dy, after(layer.apply(image) as tf.Tensor))))(x);
    return [value, ofX, ...weights.map(({ name }) => grads[name]!)];
  };
  const actual = gradients(own, y => y);
  const expected = gradients(stock, y => (activation === 'relu' ? tf.relu(y) : y));
  for (const [i, tensor] of actual.entries()) {
    const [a, b] = [await tensor.data<'float32'>(), await expected[i]!.data<'float32'>()];
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [at, value] of a.entries()) expect(Math.abs(value - b[at]!)).toBeLessThan(1e-5 * largest);
  }
  tf.dispose([x, dy, ...actual, ...expected, ...[own, stock].flatMap(layer => layer.weights.map(w => w.read()))]);
});
