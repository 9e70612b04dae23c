/** The mean squared error and its gradient against their definitions in 64 bits. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, expect, it } from 'vitest';
import { trainingLoss } from '../../gpu-worker/train/loss.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([[[1, 3, 5, 7]], [[5, 40, 41, 4]], [[1, 1, 1, 1]], [[2, 50, 33, 3]]])(
  'of %s is summed over the stacks, and points at their maps',
  async shape => {
    const [first, second, maps] = [numbers(shape, 1), numbers(shape, 2), numbers(shape, 3)];
    const size = maps.values.length;
    const meanOf = (values: Float32Array) =>
      values.reduce((sum, value, i) => sum + (value - maps.values[i]!) ** 2 / size, 0);
    const expected = [first, second].map(({ values }) =>
      values.map((value, i) => (2 / size) * (value - maps.values[i]!)),
    );
    const off = { online_mining: false } as Parameters<typeof trainingLoss>[2];
    const loss = (...outputs: tf.Tensor[]) => trainingLoss(outputs as tf.Tensor4D[], maps.tensor as tf.Tensor4D, off);
    const { value, grads } = poisoned([[], shape], () => tf.valueAndGrads(loss)([first.tensor, second.tensor]));
    expect(await relativeError(value, [meanOf(first.values) + meanOf(second.values)])).toBeLessThan(1e-6);
    for (const [i, gradient] of grads.entries()) expect(await relativeError(gradient, expected[i]!)).toBeLessThan(1e-6);
    tf.dispose([first.tensor, second.tensor, maps.tensor, value, grads]);
  },
);
