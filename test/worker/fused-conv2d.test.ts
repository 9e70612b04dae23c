/** The fused convolution beside TensorFlow.js's own layer: the same description, weights and numbers, with fewer kernels. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { fusedConv2d } from '../../gpu-worker/model/fused-conv2d.ts';
import { Conv2D, type Conv2DArgs } from '../../gpu-worker/model/layers/conv2d.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(() => openDevice('wasm', { threads: 1 }));
expectNoTensorsLeft();

const argsOf = (more: Partial<Conv2DArgs>): Conv2DArgs => ({
  ...{ name: 'conv', filters: 4, kernelSize: 3, strides: 1, padding: 'same', activation: 'relu' },
  kernelInitializer: initializers.glorotUniform({ seed: 5 }),
  ...more,
});

/** What TensorFlow.js's plainest backend makes of these tensors, which are disposed of. */
async function onCpu(given: tf.Tensor4D[], compute: (...given: tf.Tensor4D[]) => tf.Tensor[]): Promise<Float32Array[]> {
  tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
  await tf.setBackend('cpu');
  try {
    const results = tf.tidy(() => compute(...given));
    const values = await Promise.all(results.map(each => each.data<'float32'>()));
    tf.dispose([given, results]);
    return values;
  } finally {
    await tf.setBackend('wasm');
  }
}

it.each([
  {},
  { strides: 2, activation: 'linear' as const },
  { kernelSize: 7, strides: 2, padding: 'valid' as const, trainable: false },
  { useBias: false },
  { useBias: false, kernelSize: [1, 7] as [number, number], activation: 'linear' as const },
  { kernelSize: [3, 1] as [number, number], padding: 'valid' as const },
])('describes itself, starts and computes as the stock layer does: %o', async more => {
  const args = argsOf(more);
  const [own, stock] = [new Conv2D(args), layers.conv2d(args)];
  expect(own.getConfig()).toEqual(stock.getConfig());
  expect(JSON.stringify(own.getConfig())).toBe(JSON.stringify(stock.getConfig()));
  expect(own.computeOutputShape([null, 17, 12, 3])).toEqual(stock.computeOutputShape([null, 17, 12, 3]));
  expect(own.computeOutputShape([null, null, null, 3])).toEqual([null, null, null, 4]);
  const x = tf.randomNormal([2, 17, 12, 3], 0, 1, 'float32', 1);
  const [y, expected] = [own.apply(x) as tf.Tensor, stock.apply(x) as tf.Tensor];
  for (const [i, weight] of own.weights.entries())
    expect(await weight.read().data()).toEqual(await stock.weights[i]!.read().data());
  expect(own.trainableWeights.length).toBe(stock.trainableWeights.length);
  const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(y, expected))));
  expect((await difference.data())[0]).toBeLessThan(1e-6);
  tf.dispose([
    x,
    y,
    expected,
    difference,
    ...[own, stock].flatMap(layer => layer.weights.map(weight => weight.read())),
  ]);
});

it.each([
  [[1, 7], 1, 'same'],
  [[7, 1], 1, 'same'],
  [[1, 3], 2, 'valid'],
  [[7, 7], 2, 'valid'],
  [[1, 1], 2, 'same'],
] as const)(
  'without a bias has the numbers of the cpu backend, gradients included: %j, stride %i, %s',
  async (kernelSize, strides, padding) => {
    const layer = new Conv2D(
      argsOf({ kernelSize: [...kernelSize], strides, padding, activation: 'linear', useBias: false }),
    );
    const x = tf.randomNormal<tf.Rank.R4>([2, 11, 12, 3], 0, 1, 'float32', 1);
    const y = layer.apply(x) as tf.Tensor4D;
    const [kernel] = layer.trainableWeights.map(weight => weight.read() as tf.Variable<tf.Rank.R4>);
    expect(layer.weights).toHaveLength(1);
    const dy = tf.randomNormal<tf.Rank.R4>(y.shape, 0, 1, 'float32', 2);
    const dx = tf.grad(image => layer.apply(image) as tf.Tensor)(x, dy);
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(layer.apply(x) as tf.Tensor, dy)), [kernel!]);
    const own = await Promise.all([y, dx, grads[kernel!.name]!].map(each => each.data<'float32'>()));
    const given = await Promise.all(
      [x, kernel!, dy].map(async each => tf.tensor4d(await each.data<'float32'>(), each.shape)),
    );
    tf.dispose([x, y, dy, dx, value, grads, kernel!]);
    const expected = await onCpu(given, (image, filter, gradient) => {
      const { value, grads } = tf.valueAndGrads((a, b) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, padding),
      )([image!, filter!], gradient);
      return [value, ...grads];
    });
    for (const [i, values] of own.entries()) {
      const largest = Math.max(...expected[i]!.map(Math.abs));
      expect(values.length).toBe(expected[i]!.length);
      expect(Math.max(...values.map((each, at) => Math.abs(each - expected[i]![at]!))) / largest).toBeLessThan(3e-6);
    }
  },
);

it.each(['relu', 'linear'] as const)('has the gradients of its parts (%s)', async activation => {
  const x = tf.randomNormal<tf.Rank.R4>([2, 9, 8, 3], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 3, 4], 0, 1, 'float32', 2);
  const bias = tf.tensor1d([0.1, -0.2, 0.3, 0]);
  const weigh = tf.randomNormal([2, 5, 4, 4], 0, 1, 'float32', 3);
  const gradientsOf = (convolve: typeof fusedConv2d) =>
    tf.grads((...[a, b, c]: tf.Tensor[]) => {
      const options = { strides: [2, 2] as [number, number], pad: 'same' as const, activation };
      return tf.sum(tf.mul(weigh, convolve(a as tf.Tensor4D, b as tf.Tensor4D, c as tf.Tensor1D, options)));
    })([x, filter, bias]);
  const own = gradientsOf(fusedConv2d);
  const stock = gradientsOf((a, b, c, { strides, pad }) => {
    const z = tf.add(tf.conv2d(a, b, strides, pad), c) as tf.Tensor4D;
    return activation === 'relu' ? tf.relu(z) : z;
  });
  for (const [i, gradient] of own.entries()) {
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(gradient, stock[i]!))));
    expect((await difference.data())[0]).toBeLessThan(1e-5);
    difference.dispose();
  }
  tf.dispose([x, filter, bias, weigh, own, stock]);
});

it('computes no gradient of the images in the first layer', async () => {
  const images = tf.ones<tf.Rank.R4>([1, 8, 8, 1]);
  const filter = tf.tidy(() => tf.variable(tf.ones<tf.Rank.R4>([3, 3, 1, 2])));
  const bias = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([2])));
  const loss = () => tf.sum(fusedConv2d(images, filter, bias, { strides: [1, 1], pad: 'same', activation: 'relu' }));
  const { kernelNames } = await tf.profile(() => {
    const { value, grads } = tf.variableGrads(loss as () => tf.Scalar);
    tf.dispose([value, grads]);
  });
  expect(kernelNames).toContain('Conv2DBackpropFilter');
  expect(kernelNames).not.toContain('Conv2DBackpropInput');
  tf.dispose([images, filter, bias]);
});
