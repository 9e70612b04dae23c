/** The CPU's kernels of batch normalisation against their definitions in 64 bits. */
import * as tf from '@tensorflow/tfjs-core';
import { input, type layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { batchStatistics, normalize, normalizeBatch } from '../../gpu-worker/model/batch-norm.ts';
import { BatchNorm, type BatchNormArgs } from '../../gpu-worker/model/layers/batch-norm.ts';
import { EPSILON, expectedGradients, expectedStatistics, MOMENTUM, moments } from '../support/batch-norm.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

const MOST_ERROR = 3e-6;

const random = async <T extends tf.Tensor>(shape: readonly number[], seed: number, from = -1) => {
  const tensor = tf.randomUniform([...shape], from, from + 2, 'float32', seed) as T;
  return { tensor, values: await tensor.data<'float32'>() };
};

/** What a kernel leaves unwritten shows. */
const poison = (shape: readonly number[]) =>
  tf.dispose([1, 2, 3].flatMap(() => [tf.fill([...shape], Number.NaN), tf.fill([shape.at(-1)!], Number.NaN)]));

describe.each([
  [[1, 5, 7, 1]],
  [[1, 1, 1, 4]],
  [[2, 30, 33, 3]],
  [[5, 47, 31, 8]],
  [[2, 21, 23, 17]],
  [[3, 40, 41, 5]],
  [[2, 9, 11, 6]],
  [[5, 3, 3, 513]],
] as const)('batch normalisation of %s on the CPU', shape => {
  const channels = shape[3];

  it('knows mean and variance, also of numbers far from zero, and follows them', async () => {
    const x = await random<tf.Tensor4D>(shape, 1, 49);
    const [mean, variance] = [await random<tf.Tensor1D>([channels], 2), await random<tf.Tensor1D>([channels], 3)];
    poison(shape);
    const moving = { mean: mean.tensor, variance: variance.tensor };
    const statistics = batchStatistics(x.tensor, moving, { epsilon: EPSILON, momentum: MOMENTUM });
    const expected = expectedStatistics(x.values, { mean: mean.values, variance: variance.values });
    for (const name of Object.keys(expected) as (keyof typeof expected)[])
      expect(await relativeError(statistics[name], expected[name]), name).toBeLessThan(MOST_ERROR);
    tf.dispose([x.tensor, moving, { ...statistics }]);
  });

  it.each([false, true])('has the value and the gradient through its statistics (rectified: %s)', async rectified => {
    const [x, dy] = [await random<tf.Tensor4D>(shape, 1), await random<tf.Tensor4D>(shape, 2)];
    const [gamma, beta] = [await random<tf.Tensor1D>([channels], 3), await random<tf.Tensor1D>([channels], 4)];
    const given = { x: x.values, dy: dy.values, gamma: gamma.values, beta: beta.values };
    const { mean, variance, inverse, y, dx, dgamma, dbeta } = expectedGradients(given, rectified);
    const of = (values: Float64Array) => tf.tensor1d(Float32Array.from(values));
    const statistics = { mean: of(mean), variance: of(variance), inverse: of(inverse) };
    const unused = { nextMean: statistics.mean, nextVariance: statistics.variance };
    const run = (input: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const parameters = { ...statistics, ...unused, gamma: scale as tf.Tensor1D, beta: shift as tf.Tensor1D };
      return normalizeBatch(input as tf.Tensor4D, parameters, { epsilon: EPSILON, rectified });
    };
    poison(shape);
    const { value, grads } = tf.valueAndGrads(run)([x.tensor, gamma.tensor, beta.tensor], dy.tensor);
    expect(await relativeError(value, y), 'y').toBeLessThan(MOST_ERROR);
    expect(await relativeError(grads[0]!, dx), 'dx').toBeLessThan(MOST_ERROR);
    expect(await relativeError(grads[1]!, dgamma), 'dgamma').toBeLessThan(MOST_ERROR);
    expect(await relativeError(grads[2]!, dbeta), 'dbeta').toBeLessThan(MOST_ERROR);
    tf.dispose([x.tensor, dy.tensor, gamma.tensor, beta.tensor, statistics, value, grads]);
  });
});

describe('normalisation with given statistics on the CPU', () => {
  it('keeps what is no number', async () => {
    const x = tf.tensor4d([Number.NaN, -1, 0, 1, 2], [1, 1, 5, 1]);
    const [zero, one] = [tf.zeros<tf.Rank.R1>([1]), tf.ones<tf.Rank.R1>([1])];
    for (const rectified of [false, true]) {
      const y = normalize(x, { mean: zero, variance: one, gamma: one, beta: zero }, { epsilon: 0, rectified });
      expect([...(await y.data())]).toEqual([Number.NaN, rectified ? 0 : -1, 0, 1, 2]);
      y.dispose();
    }
    tf.dispose([x, zero, one]);
  });

  it('does without gamma and beta, and with parameters of the size of the input', async () => {
    const x = await random<tf.Tensor4D>([2, 3, 5, 3], 1);
    const { mean, variance } = moments(x.values, 3);
    const [means, spread] = [[...mean], [...variance]].map(each => tf.tensor1d(each)) as [tf.Tensor1D, tf.Tensor1D];
    const expected = x.values.map((value, i) => (value - mean[i % 3]!) / Math.sqrt(variance[i % 3]! + EPSILON));
    const large = [means, spread].map(each => tf.broadcastTo(each, x.tensor.shape)) as [tf.Tensor4D, tf.Tensor4D];
    const results = [
      tf.batchNorm(x.tensor, means, spread, undefined, undefined, EPSILON),
      tf.batchNorm(x.tensor, ...large, undefined, undefined, EPSILON),
    ];
    for (const y of results) expect(await relativeError(y, expected)).toBeLessThan(MOST_ERROR);
    tf.dispose([x.tensor, means, spread, large, results]);
  });
});

describe('a layer of batch normalisation on the CPU', () => {
  const CHANNELS = 5;
  /** In a network, so that it can be disposed of as one. */
  const made = (options: Omit<BatchNormArgs, 'name'>) => {
    const image = input({ shape: [null, null, CHANNELS] });
    const layer = new BatchNorm({ name: 'bn', ...options });
    return { layer, network: model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor }) };
  };
  const namesOf = (layer: layers.Layer) => layer.weights.map(({ originalName }) => originalName.split('/').at(-1));
  const numbersOf = (layer: layers.Layer) => Promise.all(layer.getWeights().map(weight => weight.data<'float32'>()));

  it('has no gamma when it does not scale', () => {
    const [scaled, plain] = [made({}), made({ scale: false })];
    expect(namesOf(plain.layer)).toEqual(['beta', 'moving_mean', 'moving_variance']);
    expect(namesOf(scaled.layer)).toEqual(['gamma', ...namesOf(plain.layer)]);
    expect(plain.layer.trainableWeights).toHaveLength(1);
    expect(plain.layer.getConfig()).toMatchObject({ scale: false, center: true });
    for (const { network } of [scaled, plain]) network.dispose();
  });

  it.each([false, true])('computes without gamma what a gamma of 1 gives (training: %s)', async training => {
    const [scaled, plain] = [made({ epsilon: 2e-5 }), made({ epsilon: 2e-5, scale: false })];
    const [x, dy] = [await random<tf.Tensor4D>([2, 6, 7, CHANNELS], 1), await random([2, 6, 7, CHANNELS], 2)];
    const beta = await random([CHANNELS], 3);
    const results = [scaled, plain].map(({ layer }) => {
      const [mean, variance] = [tf.fill([CHANNELS], 0.3), tf.fill([CHANNELS], 0.7)];
      const before = layer === scaled.layer ? [tf.ones([CHANNELS])] : [];
      layer.setWeights([...before, beta.tensor, mean, variance]);
      tf.dispose([...before, mean, variance]);
      const draw = (image: tf.Tensor) => layer.apply(image, { training }) as tf.Tensor;
      const byInput = tf.grad(draw)(x.tensor, dy.tensor);
      const variable = layer.trainableWeights.at(-1)!.read() as tf.Variable;
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(draw(x.tensor), dy.tensor)), [variable]);
      return [tf.tidy(() => draw(x.tensor)), byInput, value, grads[variable.name]!];
    });
    for (const [i, expected] of results[0]!.entries())
      expect(await results[1]![i]!.data()).toEqual(await expected.data());
    expect(await numbersOf(plain.layer)).toEqual((await numbersOf(scaled.layer)).slice(1));
    tf.dispose([x.tensor, dy.tensor, beta.tensor, results]);
    for (const { network } of [scaled, plain]) network.dispose();
  });

  it.each([0.99, 0.999])('keeps %d of its moving statistics', async momentum => {
    const { layer, network } = made({ momentum });
    const x = await random<tf.Tensor4D>([2, 6, 7, CHANNELS], 1, 2);
    tf.dispose(tf.tidy(() => layer.apply(x.tensor, { training: true }) as tf.Tensor));
    const { mean, variance } = moments(x.values, CHANNELS);
    const [, , movingMean, movingVariance] = layer.getWeights();
    const expectedMean = mean.map(each => (1 - momentum) * each);
    expect(await relativeError(movingMean!, expectedMean)).toBeLessThan(MOST_ERROR);
    const expectedVariance = variance.map(each => momentum + (1 - momentum) * each * (84 / 83));
    expect(await relativeError(movingVariance!, expectedVariance)).toBeLessThan(MOST_ERROR);
    x.tensor.dispose();
    network.dispose();
  });
});
