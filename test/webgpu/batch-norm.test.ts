/** The statistics and the gradient of batch normalisation against their definitions in 64 bits, and the layer with both. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { batchStatistics, normalizeBatch } from '../../gpu-worker/model/batch-norm.ts';
import { BatchNorm } from '../../gpu-worker/model/layers/batch-norm.ts';
import { EPSILON, expectedGradients, expectedStatistics, MOMENTUM, moments } from '../support/batch-norm.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

const MOST_ERROR = 3e-6;

describe.each([[[1, 5, 7, 1]], [[5, 3, 3, 513]], [[1, 1, 1, 4]], [[5, 47, 31, 8]], [[2, 30, 33, 3]]] as const)(
  'batch normalisation of %s',
  shape => {
    const channels = shape[3];

    it('knows mean and variance, also of numbers far from zero, and follows them', async () => {
      const { tensor, values } = numbers([...shape], 1);
      tensor.dispose();
      const far = Float32Array.from(values, value => 50 + value);
      const x = tf.tensor(far, [...shape]) as tf.Tensor4D;
      const [movingMean, movingVariance] = [numbers([channels], 2), numbers([channels], 3)];
      const moving = { mean: movingMean.tensor as tf.Tensor1D, variance: movingVariance.tensor as tf.Tensor1D };
      const statistics = poisoned([[channels]], () => ({
        ...batchStatistics(x, moving, { epsilon: EPSILON, momentum: MOMENTUM }),
      }));
      const expected = expectedStatistics(far, { mean: movingMean.values, variance: movingVariance.values });
      for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
        // The mean of numbers around 50 is known to 4e-6, which a spread of 0.3 feels a hundred times as much.
        const most = name === 'mean' || name === 'nextMean' ? MOST_ERROR : 2e-5;
        expect(await relativeError(statistics[name], expected[name]), name).toBeLessThan(most);
      }
      tf.dispose([x, moving, { ...statistics }]);
    });

    it.each([false, true])('has the value and the gradient through its statistics (rectified: %s)', async rectified => {
      const [x, dy] = [numbers([...shape], 1), numbers([...shape], 2)];
      const [gamma, beta] = [numbers([channels], 3), numbers([channels], 4)];
      const given = { x: x.values, dy: dy.values, gamma: gamma.values, beta: beta.values };
      const { mean, variance, inverse, y, dx, dgamma, dbeta } = expectedGradients(given, rectified);
      const of = (values: Float64Array) => tf.tensor1d(Float32Array.from(values));
      const statistics = { mean: of(mean), variance: of(variance), inverse: of(inverse) };
      const unused = { nextMean: statistics.mean, nextVariance: statistics.variance };
      const run = (...[input, scale, shift]: tf.Tensor[]) => {
        const parameters = { ...statistics, ...unused, gamma: scale as tf.Tensor1D, beta: shift as tf.Tensor1D };
        return normalizeBatch(input as tf.Tensor4D, parameters, { epsilon: EPSILON, rectified });
      };
      const { value, grads } = poisoned([[...shape], [channels]], () =>
        tf.valueAndGrads(run)([x.tensor, gamma.tensor, beta.tensor], dy.tensor),
      );
      expect(await relativeError(value, y), 'y').toBeLessThan(MOST_ERROR);
      expect(await relativeError(grads[0]!, dx), 'dx').toBeLessThan(MOST_ERROR);
      expect(await relativeError(grads[1]!, dgamma), 'dgamma').toBeLessThan(MOST_ERROR);
      expect(await relativeError(grads[2]!, dbeta), 'dbeta').toBeLessThan(MOST_ERROR);
      tf.dispose([x.tensor, dy.tensor, gamma.tensor, beta.tensor, statistics, value, grads]);
    });
  },
);

it('the layer normalises a batch in training, and follows it a hundredth of the way', async () => {
  const layer = new BatchNorm({ name: 'bn' });
  layer.build([null, null, null, 3]);
  const { tensor: x, values } = numbers([2, 5, 7, 3], 1);
  const { value: sum, grads } = tf.variableGrads(() => {
    const y = layer.apply(x, { training: true }) as tf.Tensor;
    return tf.sum(tf.mul(y, y)) as tf.Scalar;
  });
  const { mean, variance } = moments(values, 3);
  const expected = variance.reduce((total, each) => total + (70 * each) / (each + EPSILON), 0);
  expect((await sum.data())[0]).toBeCloseTo(expected, 3);
  const [gamma, beta, movingMean, movingVariance] = layer.weights.map(weight => weight.read() as tf.Variable);
  const dgamma = variance.map(each => (2 * 70 * each) / (each + EPSILON));
  expect(await relativeError(grads[gamma!.name]!, dgamma)).toBeLessThan(1e-5);
  expect(Math.max(...(await grads[beta!.name]!.data()).map(Math.abs))).toBeLessThan(1e-4);
  expect(
    await relativeError(
      movingMean!,
      mean.map(each => 0.01 * each),
    ),
  ).toBeLessThan(1e-5);
  expect(
    await relativeError(
      movingVariance!,
      variance.map(each => 0.99 + (0.01 * each * 70) / 69),
    ),
  ).toBeLessThan(1e-6);
  tf.dispose([x, sum, grads, gamma!, beta!, movingMean!, movingVariance!]);
});
