/**
 * Adam with AMSGrad (Kingma & Ba 2015; Reddi, Kale & Kumar 2018), as Keras 2.8 computes it and SLEAP trains with:
 *
 *   m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  vhat = max(vhat, v)
 *   variable -= alpha_t * m / (sqrt(vhat) + eps)     alpha_t = lr * sqrt(1 - b2^t) / (1 - b1^t),  b1 .9, b2 .999, eps 1e-7
 *
 * that is, eps stands outside the bias correction, and vhat is not corrected. TensorFlow.js's Adam has no AMSGrad and another eps.
 * Keras takes b1^t and b2^t in 32 bits, which makes its early alpha_t 7e-6 too small; here they have 64.
 * The vectors are handled by kernels of our own, one for WebGPU and one for the CPU (amsgrad-*.ts).
 * Leaves out: weight decay, clipping.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/errors.ts';
import type { NamedArray } from '../model/weights.ts';
import { FusedAmsGrad } from './amsgrad-fused.ts';
import { type AmsGradNumbers, BETA_1, BETA_2, SLOTS, type Variable } from './amsgrad-numbers.ts';
import { ThreadedAmsGrad } from './amsgrad-threads.ts';

/** What a checkpoint keeps: the step count, and m/NAME, v/NAME, vhat/NAME for every variable. */
export interface AmsGradState {
  step: number;
  slots: NamedArray[];
}

export class AmsGrad {
  readonly #variables: Variable[];
  readonly #numbers: AmsGradNumbers;
  #learningRate: number;
  #step = 0;

  /** For the backend that is active now: webgpu or wasm. */
  constructor(variables: Variable[], learningRate: number) {
    this.#variables = variables;
    this.#learningRate = learningRate;
    this.#numbers = tf.getBackend() === 'webgpu' ? new FusedAmsGrad(variables) : new ThreadedAmsGrad(variables);
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
    this.advance();
    this.update(gradients);
  }

  /** The host's part of a step, before the device's: counts it and sets its size. */
  advance(): void {
    this.#step += 1;
    this.#numbers.setAlpha((this.#learningRate * Math.sqrt(1 - BETA_2 ** this.#step)) / (1 - BETA_1 ** this.#step));
  }

  /**
   * The device's part of a step; on WebGPU it can be recorded (device/recording.ts).
   * @param scale what each gradient is multiplied by first.
   */
  update(gradients: Record<string, tf.Tensor>, scale = 1): void {
    this.#numbers.update(gradients, scale);
  }

  async state(): Promise<AmsGradState> {
    const all = await this.#numbers.read();
    const named = (slot: (typeof SLOTS)[number]) =>
      this.#variables.map(({ name, tensor }, i) => ({
        name: `${slot}/${name}`,
        shape: tensor.shape,
        data: all[i]![slot],
      }));
    return { step: this.#step, slots: SLOTS.flatMap(named) };
  }

  /**
   * Goes on from a saved state of the same variables.
   * @throws AppError checkpoint_invalid; the optimiser is then unchanged.
   */
  restore({ step, slots }: AmsGradState): void {
    const byName = new Map(slots.map(slot => [slot.name, slot.data]));
    const find = ({ name, tensor }: Variable, slot: string) => {
      const data = byName.get(`${slot}/${name}`);
      if (data?.length === tensor.size) return data;
      throw new AppError('checkpoint_invalid', `The checkpoint has no optimiser state for ${name} of this network.`);
    };
    this.#numbers.write(
      this.#variables.map(variable => ({
        m: find(variable, 'm'),
        v: find(variable, 'v'),
        vhat: find(variable, 'vhat'),
      })),
    );
    this.#step = step;
  }

  dispose(): void {
    this.#numbers.dispose();
  }
}
