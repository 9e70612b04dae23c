/**
 * What an optimiser's two ways of computing have in common: by one kernel on the GPU (amsgrad-fused.ts), and by one on the threads of the
 * CPU (amsgrad-threads.ts). amsgrad.ts has the formula.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable } from '../model/network.ts';

export const BETA_1 = 0.9;
export const BETA_2 = 0.999;
export const EPSILON = 1e-7;

/** What is trained. */
export type Variable = Pick<NamedVariable, 'name' | 'tensor'>;

export const SLOTS = ['m', 'v', 'vhat'] as const;

/** The state of one variable. */
export type Slots = Record<(typeof SLOTS)[number], Float32Array>;

export interface AmsGradNumbers {
  /** The step size of the updates that are executed from now on. */
  setAlpha(alpha: number): void;
  /** @param gradients by name, to be multiplied by `scale`; the caller's to dispose. */
  update(gradients: Record<string, tf.Tensor>, scale: number): void;
  /** Of each variable, in their order. */
  read(): Promise<Slots[]>;
  /** @param slots of each variable, in their order and of their length. */
  write(slots: readonly Slots[]): void;
  dispose(): void;
}
