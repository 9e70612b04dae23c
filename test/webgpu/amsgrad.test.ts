/** AMSGrad's kernel: the formula in 64 bits, variables of every length in several dispatches, and steps that are recorded and replayed. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { openGpu } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

/** More than one dispatch binds, with and without a multiple of four, below and above a workgroup's share. */
const SHAPES = [[1], [3], [4], [2, 3, 5], [513], [1, 1, 16, 8], [257], [3, 3, 8, 9], [7], [3, 3, 1, 4]];
const RATES = [0.01, 0.01, 0.02, 0.005];

const makeVariables = () =>
  SHAPES.map((shape, i) => {
    const { tensor } = numbers(shape, i + 1);
    const variable = tf.variable(tensor);
    tensor.dispose();
    return { name: `w${i}`, tensor: variable };
  });

const gradientAt = (i: number, step: number) => numbers(SHAPES[i]!, 100 * (step + 1) + i);

/** Weights after the steps, by the formula. */
function expectedAfter(i: number, rates: readonly number[]): Float64Array {
  const weights = Float64Array.from(numbersOf(i));
  const [m, v, vhat] = [0, 1, 2].map(() => new Float64Array(weights.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  rates.forEach((rate, t) => {
    const alpha = (rate * Math.sqrt(1 - 0.999 ** (t + 1))) / (1 - 0.9 ** (t + 1));
    const gradient = gradientAt(i, t);
    gradient.tensor.dispose();
    gradient.values.forEach((g, at) => {
      m[at]! += (g - m[at]!) * 0.1;
      v[at]! += (g * g - v[at]!) * 0.001;
      vhat[at] = Math.max(vhat[at]!, v[at]!);
      weights[at]! -= (alpha * m[at]!) / (Math.sqrt(vhat[at]!) + 1e-7);
    });
  });
  return weights;
}

function numbersOf(i: number): Float32Array {
  const { tensor, values } = numbers(SHAPES[i]!, i + 1);
  tensor.dispose();
  return values;
}

function train(optimizer: AmsGrad, rates: readonly number[], firstStep = 0): void {
  rates.forEach((rate, t) => {
    const gradients = Object.fromEntries(SHAPES.map((_, i) => [`w${i}`, gradientAt(i, firstStep + t).tensor]));
    optimizer.setLearningRate(rate);
    optimizer.apply(gradients);
    tf.dispose(gradients);
  });
}

const disposeAll = (variables: { tensor: tf.Variable }[]) => tf.dispose(variables.map(({ tensor }) => tensor));

it('follows the formula, each step with the learning rate that was set for it', async () => {
  const variables = makeVariables();
  const optimizer = new AmsGrad(variables, 1);
  train(optimizer, RATES);
  for (const [i, { tensor }] of variables.entries())
    expect(await relativeError(tensor, expectedAfter(i, RATES)), SHAPES[i]!.join('x')).toBeLessThan(1e-6);
  optimizer.dispose();
  disposeAll(variables);
});

it('goes on from a saved state bit for bit', async () => {
  const [whole, resumed] = [makeVariables(), makeVariables()];
  const first = new AmsGrad(whole, 1);
  train(first, RATES);
  const before = new AmsGrad(resumed, 1);
  train(before, RATES.slice(0, 2));
  const state = await before.state();
  before.dispose();
  const after = new AmsGrad(resumed, 1);
  after.restore(state);
  train(after, RATES.slice(2), 2);
  for (const [i, { tensor }] of whole.entries()) expect(await resumed[i]!.tensor.data()).toEqual(await tensor.data());
  expect(await after.state()).toEqual(await first.state());
  for (const optimizer of [first, after]) optimizer.dispose();
  disposeAll([...whole, ...resumed]);
});

it('takes a recorded step with the step size of the moment', async () => {
  const [eager, replayed] = [makeVariables(), makeVariables()];
  const gradients = Object.fromEntries(SHAPES.map((_, i) => [`w${i}`, gradientAt(i, 0).tensor]));
  const [plain, recorded] = [new AmsGrad(eager, 1), new AmsGrad(replayed, 1)];
  const recording = new Recording(() => {
    recorded.update(gradients);
    return [];
  });
  for (const rate of RATES) {
    plain.setLearningRate(rate);
    plain.apply(gradients);
    recorded.setLearningRate(rate);
    recorded.advance();
    recording.replay();
  }
  for (const [i, { tensor }] of eager.entries()) expect(await replayed[i]!.tensor.data()).toEqual(await tensor.data());
  expect(await recorded.state()).toEqual(await plain.state());
  recording.dispose();
  for (const optimizer of [plain, recorded]) optimizer.dispose();
  tf.dispose(gradients);
  disposeAll([...eager, ...replayed]);
});

it('parts variables that were made from one tensor', async () => {
  const zeros = tf.zeros([5]);
  const variables = ['a', 'b'].map(name => ({ name, tensor: tf.variable(zeros) }));
  const optimizer = new AmsGrad(variables, 0.1);
  const gradients = { a: tf.fill([5], 1), b: tf.fill([5], -1) };
  optimizer.apply(gradients);
  expect((await variables[0]!.tensor.data())[4]).toBeCloseTo(-0.1, 5);
  expect((await variables[1]!.tensor.data())[4]).toBeCloseTo(0.1, 5);
  optimizer.dispose();
  tf.dispose([zeros, gradients]);
  disposeAll(variables);
});
