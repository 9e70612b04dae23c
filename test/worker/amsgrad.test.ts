import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { decodeTensors, encodeTensors } from '../../gpu-worker/model/weights.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const variable = (name: string, values: number[], shape: number[]) => ({
  name,
  tensor: tf.tidy(() => tf.variable(tf.tensor(values, shape))),
});

function step(optimiser: AmsGrad, gradients: Record<string, tf.Tensor>): void {
  optimiser.apply(gradients);
  tf.dispose(gradients);
}

const START = [1, -2, 0.5, 0.1, 0.2];

/** The gradients of step t for five numbers, of very different sizes; in 32 bits, as the optimiser gets them. */
const numbersAt = (t: number) =>
  [Math.sin(t + 1), Math.cos(3 * t), 10 / (t + 1), 1e-4 * (t - 4.5), 1e-8 * (t + 1)].map(Math.fround);

/** The same as gradients of two variables. */
const gradientsAt = (t: number) => ({
  a: tf.tensor1d(numbersAt(t).slice(0, 3)),
  b: tf.tensor2d(numbersAt(t).slice(3), [2, 1]),
});

const values = async (tensors: { tensor: tf.Tensor }[]) =>
  (await Promise.all(tensors.map(({ tensor }) => tensor.data()))).flatMap(data => [...data]);

/** The formula in 64 bits: where one number ends, and how long its path was. */
function formula(start: number, gradients: number[], learningRate: number): { end: number; path: number } {
  let [m, v, vhat, end, path] = [0, 0, 0, Math.fround(start), 0];
  gradients.forEach((g, i) => {
    const alpha = (learningRate * Math.sqrt(1 - 0.999 ** (i + 1))) / (1 - 0.9 ** (i + 1));
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    vhat = Math.max(vhat, v);
    const change = (alpha * m) / (Math.sqrt(vhat) + 1e-7);
    end -= change;
    path += Math.abs(change);
  });
  return { end, path };
}

describe('AMSGrad', () => {
  it('gives the numbers of the formula and of Keras after ten steps', async () => {
    const variables = [variable('a', START.slice(0, 3), [3]), variable('b', START.slice(3), [2, 1])];
    const optimiser = new AmsGrad(variables, 0.01);
    for (let t = 0; t < 10; t++) step(optimiser, gradientsAt(t));
    // keras.optimizers.Adam(0.01, amsgrad=True, epsilon=1e-7), TensorFlow 2.21, the same gradients
    const keras = [0.9634546637535095, -2.01623797416687, 0.4228723347187042, 0.15493933856487274, 0.19722256064414978];
    const got = await values(variables);
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
    got.forEach((value, i) => {
      const gradients = Array.from({ length: 10 }, (_, t) => numbersAt(t)[i]!);
      const { end, path } = formula(START[i]!, gradients, 0.01);
      // Ten subtractions in 32 bits, each rounded by at most half of 2^-23 of the value.
      expect(Math.abs(value - end)).toBeLessThan(10 * 2 ** -24 * Math.max(Math.abs(value), Math.abs(START[i]!)));
      // Keras takes the powers of its betas in 32 bits, which makes each of its steps 7e-6 too short.
      expect(Math.abs(value - keras[i]!)).toBeLessThan(1e-5 * path + 2 ** -23 * Math.abs(value));
    });
  });

  it('never takes a longer step because large gradients were forgotten', async () => {
    const variables = [variable('a', [0], [1])];
    const optimiser = new AmsGrad(variables, 0.1);
    const gradients = Array.from({ length: 60 }, (_, t) => (t === 0 ? 100 : Math.fround(0.01)));
    for (const g of gradients) step(optimiser, { a: tf.tensor1d([g]) });
    const { slots } = await optimiser.state();
    expect(slots.find(({ name }) => name === 'vhat/a')!.data[0]).toBeCloseTo(10, 4);
    expect(slots.find(({ name }) => name === 'v/a')!.data[0]).toBeLessThan(9.5);
    expect((await values(variables))[0]).toBeCloseTo(formula(0, gradients, 0.1).end, 5);
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
  });

  it('follows a change of the learning rate from the next step on', async () => {
    const variables = [variable('a', [0], [1])];
    const optimiser = new AmsGrad(variables, 0.1);
    step(optimiser, { a: tf.tensor1d([1]) });
    const [first] = await values(variables);
    expect(first).toBeCloseTo(-0.1, 5); // the first step is as long as the learning rate
    optimiser.setLearningRate(0);
    step(optimiser, { a: tf.tensor1d([1]) });
    expect(await values(variables)).toEqual([first]);
    expect(optimiser.learningRate).toBe(0);
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
  });

  it('goes on from a saved state bit for bit', async () => {
    const run = async (cut: number | null) => {
      const variables = [variable('a', START.slice(0, 3), [3]), variable('b', START.slice(3), [2, 1])];
      let optimiser = new AmsGrad(variables, 0.01);
      for (let t = 0; t < 10; t++) {
        if (t === cut) {
          const { step: count, slots } = await optimiser.state();
          const bytes = await encodeTensors(slots, { step: String(count) });
          optimiser.dispose();
          optimiser = new AmsGrad(variables, 0.01);
          optimiser.restore({ step: count, slots: decodeTensors(bytes) });
        }
        step(optimiser, gradientsAt(t));
      }
      const end = await values(variables);
      optimiser.dispose();
      tf.dispose(variables.map(({ tensor }) => tensor));
      return end;
    };
    const whole = await run(null);
    for (const cut of [0, 1, 5, 9]) expect(await run(cut)).toEqual(whole);
  });

  it('multiplies gradients by the scale that it is given', async () => {
    const [plain, scaled] = [[variable('a', START, [5])], [variable('a', START, [5])]];
    const [first, second] = [new AmsGrad(plain, 0.01), new AmsGrad(scaled, 0.01)];
    for (const [optimiser, factor] of [
      [first, 1],
      [second, 64],
    ] as const) {
      const gradient = tf.tensor1d(numbersAt(0).map(g => g * factor));
      optimiser.advance();
      optimiser.update({ a: gradient }, 1 / factor);
      gradient.dispose();
    }
    expect(await values(scaled)).toEqual(await values(plain));
    for (const optimiser of [first, second]) optimiser.dispose();
    tf.dispose([...plain, ...scaled].map(({ tensor }) => tensor));
  });

  it('leaves what shares the numbers of a variable as it was', async () => {
    const zeros = tf.zeros([5]);
    const variables = ['a', 'b'].map(name => ({ name, tensor: tf.variable(zeros) }));
    const clone = variables[0]!.tensor.clone();
    const reshaped = tf.reshape(variables[1]!.tensor, [1, 5]);
    const optimiser = new AmsGrad(variables, 0.1);
    step(optimiser, { a: tf.fill([5], 1), b: tf.fill([5], -1) });
    const moved = await values(variables);
    for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(i < 5 ? -0.1 : 0.1, 5);
    for (const untouched of [zeros, clone, reshaped]) expect([...(await untouched.data())]).toEqual([0, 0, 0, 0, 0]);
    optimiser.dispose();
    tf.dispose([zeros, clone, reshaped, ...variables.map(({ tensor }) => tensor)]);
  });

  it('follows a variable that was assigned anew', async () => {
    const variables = [variable('a', [7, 7, 7], [3])];
    const optimiser = new AmsGrad(variables, 0.1);
    step(optimiser, { a: tf.fill([3], 1) });
    tf.tidy(() => variables[0]!.tensor.assign(tf.zeros([3])));
    step(optimiser, { a: tf.fill([3], 1) });
    for (const value of await values(variables)) expect(value).toBeCloseTo(-0.1, 5);
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
  });

  it('treats long variables, which several threads share, like small ones', async () => {
    const length = 40_003;
    const variables = ['a', 'b', 'c'].map(name => variable(name, new Array(length).fill(0), [length]));
    const optimiser = new AmsGrad(variables, 0.1);
    step(optimiser, { a: tf.fill([length], 1), b: tf.fill([length], -1), c: tf.fill([length], 2) });
    for (const [i, { tensor }] of variables.entries()) {
      const data = await tensor.data();
      for (const at of [0, 1, length - 1]) expect(data[at]).toBeCloseTo([-0.1, 0.1, -0.1][i]!, 5);
    }
    const { slots } = await optimiser.state();
    expect(slots.map(({ name }) => name)).toEqual(
      ['m', 'v', 'vhat'].flatMap(slot => ['a', 'b', 'c'].map(name => `${slot}/${name}`)),
    );
    expect(slots.find(({ name }) => name === 'm/c')!.data[length - 1]).toBeCloseTo(0.2, 5);
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
  });

  it('refuses the state of other variables', async () => {
    const variables = [variable('a', [0, 0], [2])];
    const optimiser = new AmsGrad(variables, 0.1);
    const slots = ['m', 'v', 'vhat'].map(slot => ({ name: `${slot}/a`, shape: [3], data: new Float32Array(3) }));
    for (const given of [slots, []]) {
      expect(() => optimiser.restore({ step: 1, slots: given })).toThrow(
        expect.objectContaining({ code: 'checkpoint_invalid' }),
      );
    }
    optimiser.dispose();
    tf.dispose(variables.map(({ tensor }) => tensor));
  });
});
