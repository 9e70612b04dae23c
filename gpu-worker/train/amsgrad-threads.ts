/**
 * AMSGrad's numbers on the CPU: one job for all variables (kernels/wasm/amsgrad.ts), and none of the step's intermediate tensors.
 *
 * Weights are changed where they lie. A clone of one shares its numbers until then: before each step whatever has several handles gets
 * numbers of its own, so that clones, and variables that were made from one tensor, keep what they have.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { updateAmsGrad } from '../kernels/wasm/amsgrad.ts';
import { addressOf } from '../kernels/wasm/threads.ts';
import { type AmsGradNumbers, BETA_1, BETA_2, EPSILON, SLOTS, type Slots, type Variable } from './amsgrad-numbers.ts';

const CONSTANTS = { beta1: BETA_1, beta2: BETA_2, epsilon: EPSILON };

export class ThreadedAmsGrad implements AmsGradNumbers {
  readonly #variables: readonly Variable[];
  /** m of all variables, then v, then vhat. */
  readonly #state: tf.Variable;
  #alpha = 0;

  constructor(variables: readonly Variable[]) {
    this.#variables = variables;
    const total = variables.reduce((sum, { tensor }) => sum + tensor.size, 0);
    this.#state = tf.tidy(() => tf.variable(tf.zeros([SLOTS.length * total]), false));
  }

  setAlpha(alpha: number): void {
    this.#alpha = alpha;
  }

  update(gradients: Record<string, tf.Tensor>, scale: number): void {
    const backend = tf.backend() as BackendWasm;
    const state = addressOf(backend, this.#state);
    const places = this.#places().map(({ name, tensor, starts }) => {
      if (backend.refCount(tensor.dataId) > 1) tf.tidy(() => tensor.assign(tf.mul(tensor, 1)));
      const [m, v, vhat] = starts.map(start => state + 4 * start) as [number, number, number];
      const gradient = addressOf(backend, gradients[name]!);
      return { weights: addressOf(backend, tensor), gradient, m, v, vhat, size: tensor.size };
    });
    updateAmsGrad(backend, places, { ...CONSTANTS, alpha: this.#alpha, scale });
  }

  async read(): Promise<Slots[]> {
    const all = await this.#state.data<'float32'>();
    return this.#places().map(({ tensor, starts }) => {
      const [m, v, vhat] = starts.map(start => all.slice(start, start + tensor.size)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      return { m, v, vhat };
    });
  }

  write(slots: readonly Slots[]): void {
    const all = new Float32Array(this.#state.size);
    for (const [i, { starts }] of this.#places().entries()) {
      for (const [s, slot] of SLOTS.entries()) all.set(slots[i]![slot], starts[s]!);
    }
    tf.tidy(() => this.#state.assign(tf.tensor1d(all)));
  }

  dispose(): void {
    this.#state.dispose();
  }

  /** Each variable, and where its m, v and vhat begin in the state. */
  #places(): (Variable & { starts: number[] })[] {
    const total = this.#state.size / SLOTS.length;
    let first = 0;
    return this.#variables.map(({ name, tensor }) => {
      const starts = SLOTS.map((_, slot) => slot * total + first);
      first += tensor.size;
      return { name, tensor, starts };
    });
  }
}
