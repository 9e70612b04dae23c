/**
 * Adam with AMSGrad (Kingma & Ba 2015; Reddi, Kale & Kumar 2018), as Keras 2.8 computes it and SLEAP trains with:
 *
 *   m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  vhat = max(vhat, v)
 *   variable -= alpha_t * m / (sqrt(vhat) + eps)     alpha_t = lr * sqrt(1 - b2^t) / (1 - b1^t),  b1 .9, b2 .999, eps 1e-7
 *
 * that is, eps stands outside the bias correction, and vhat is not corrected. TensorFlow.js's Adam has no AMSGrad and another eps.
 * Keras takes b1^t and b2^t in 32 bits, which makes its early alpha_t 7e-6 too small; here they have 64.
 * Gradients are joined into a few long vectors, because a step's cost on a GPU is the number of operations, not their length: a U-Net of
 * forty variables takes about 100 operations instead of 480. Leaves out: weight decay, clipping; a fused kernel (kernels/webgpu/).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/errors.ts';
import type { NamedVariable } from '../model/network.ts';
import type { NamedArray } from '../model/weights.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;
/** A joined vector ends when it has this many numbers (4 MiB): below every device's limit on one buffer. */
const GROUP_LENGTH = 2 ** 20;
/** What is trained. */
type Variable = Pick<NamedVariable, 'name' | 'tensor'>;

const SLOTS = ['m', 'v', 'vhat'] as const;

/** What a checkpoint keeps: the step count, and m/NAME, v/NAME, vhat/NAME for every variable. */
export interface AmsGradState {
  step: number;
  slots: NamedArray[];
}

/** Variables whose gradients are handled as one vector of `length` numbers. */
interface Group {
  members: Variable[];
  length: number;
  m: tf.Variable;
  v: tf.Variable;
  vhat: tf.Variable;
}

export class AmsGrad {
  readonly #groups: Group[];
  #learningRate: number;
  #step = 0;

  constructor(variables: Variable[], learningRate: number) {
    this.#learningRate = learningRate;
    this.#groups = groupByLength(variables).map(members => {
      const length = members.reduce((sum, { tensor }) => sum + tensor.size, 0);
      const zeros = () => tf.tidy(() => tf.variable(tf.zeros([length]), false));
      return { members, length, m: zeros(), v: zeros(), vhat: zeros() };
    });
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  setLearningRate(learningRate: number): void {
    this.#learningRate = learningRate;
  }

  /**
   * One step.
   * @param gradients by name, each of its variable's shape; still the caller's to dispose.
   */
  apply(gradients: Record<string, tf.Tensor>): void {
    this.#step += 1;
    const alpha = (this.#learningRate * Math.sqrt(1 - BETA_2 ** this.#step)) / (1 - BETA_1 ** this.#step);
    for (const { members, m, v, vhat } of this.#groups) {
      tf.tidy(() => {
        const g = tf.concat1d(members.map(({ name }) => tf.reshape(gradients[name]!, [-1]) as tf.Tensor1D));
        m.assign(tf.add(m, tf.mul(tf.sub(g, m), 1 - BETA_1)));
        v.assign(tf.add(v, tf.mul(tf.sub(tf.square(g), v), 1 - BETA_2)));
        vhat.assign(tf.maximum(vhat, v));
        const change = tf.div(tf.mul(m, alpha), tf.add(tf.sqrt(vhat), EPSILON));
        let start = 0;
        for (const { tensor } of members) {
          const own = tf.slice(change, [start], [tensor.size]);
          tensor.assign(tf.sub(tensor, tf.reshape(own, tensor.shape)));
          start += tensor.size;
        }
      });
    }
  }

  async state(): Promise<AmsGradState> {
    const slots: AmsGradState['slots'] = [];
    for (const slot of SLOTS) {
      for (const group of this.#groups) {
        const joined = (await group[slot].data()) as Float32Array;
        let start = 0;
        for (const { name, tensor } of group.members) {
          const data = joined.slice(start, (start += tensor.size));
          slots.push({ name: `${slot}/${name}`, shape: tensor.shape, data });
        }
      }
    }
    return { step: this.#step, slots };
  }

  /**
   * Goes on from a saved state of the same variables.
   * @throws AppError checkpoint_invalid
   */
  restore({ step, slots }: AmsGradState): void {
    const byName = new Map(slots.map(slot => [slot.name, slot.data]));
    for (const slot of SLOTS) {
      for (const group of this.#groups) {
        const joined = new Float32Array(group.length);
        let start = 0;
        for (const { name, tensor } of group.members) {
          const data = byName.get(`${slot}/${name}`);
          if (data?.length !== tensor.size) {
            throw new AppError(
              'checkpoint_invalid',
              `The checkpoint has no optimiser state for ${name} of this network.`,
            );
          }
          joined.set(data, start);
          start += tensor.size;
        }
        tf.tidy(() => group[slot].assign(tf.tensor1d(joined)));
      }
    }
    this.#step = step;
  }

  dispose(): void {
    for (const group of this.#groups) for (const slot of SLOTS) group[slot].dispose();
  }
}

function groupByLength(variables: Variable[]): Variable[][] {
  const groups: Variable[][] = [];
  let length = GROUP_LENGTH;
  for (const named of variables) {
    if (length >= GROUP_LENGTH) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)!.push(named);
    length += named.tensor.size;
  }
  return groups;
}
