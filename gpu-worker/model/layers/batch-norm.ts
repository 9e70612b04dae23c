/**
 * Batch normalisation over all pixels of a batch, per channel, as TensorFlow's fused kernel under Keras's layer (Ioffe & Szegedy 2015):
 *
 *   training    y = gamma (x - mean) / sqrt(var + eps) + beta      mean, var: of this batch
 *               moving := moving * momentum + batch * (1 - momentum), with the unbiased var * N / (N - 1)
 *   otherwise   the same with the moving statistics; always so for a layer that is not trainable
 *
 * TensorFlow.js's own layer keeps the biased variance and writes a chain of small operations for its gradient; the numbers here are
 * those of ../batch-norm.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import {
  type BatchStatistics,
  batchStatistics,
  type NormalizeOptions,
  normalize,
  normalizeBatch,
} from '../batch-norm.ts';

export interface BatchNormArgs {
  name: string;
  epsilon?: number;
  momentum?: number;
  /** Default: true. Without it gamma is 1. */
  scale?: boolean;
  trainable?: boolean;
}

type Weight = ReturnType<layers.Layer['addWeight']>;

export class BatchNorm extends layers.Layer {
  static className = 'BatchNorm';
  readonly #epsilon: number;
  readonly #momentum: number;
  readonly #scale: boolean;
  /** Computes the rectifier of the layer after it as well. */
  #rectifies = false;
  #gamma: Weight | null = null;
  /** In the place of a gamma. */
  #ones: tf.Tensor1D | null = null;
  #beta!: Weight;
  #movingMean!: Weight;
  #movingVariance!: Weight;

  /** Keras's defaults: epsilon 1e-3, momentum 0.99. */
  constructor({ epsilon = 1e-3, momentum = 0.99, scale = true, ...args }: BatchNormArgs) {
    super(args);
    this.#epsilon = epsilon;
    this.#momentum = momentum;
    this.#scale = scale;
  }

  /** From now on the output is rectified; the layer after it must be a Rectified, and its only reader. */
  takeOverRectifier(): void {
    this.#rectifies = true;
  }

  override build(inputShape: (number | null)[]): void {
    const shape = [inputShape.at(-1)!];
    const [zeros, ones] = [initializers.zeros(), initializers.ones()];
    if (this.#scale) this.#gamma = this.addWeight('gamma', shape, 'float32', ones, undefined, true);
    else this.#ones = tf.keep(tf.ones(shape as [number]));
    this.#beta = this.addWeight('beta', shape, 'float32', zeros, undefined, true);
    this.#movingMean = this.addWeight('moving_mean', shape, 'float32', zeros, undefined, false);
    this.#movingVariance = this.addWeight('moving_variance', shape, 'float32', ones, undefined, false);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const gamma = this.#ones ?? (this.#gamma!.read() as tf.Tensor1D);
    const beta = this.#beta.read() as tf.Tensor1D;
    if (!kwargs.training || !this.trainable) {
      const [mean, variance] = [this.#movingMean.read() as tf.Tensor1D, this.#movingVariance.read() as tf.Tensor1D];
      return normalize(x, { mean, variance, gamma, beta }, this.#options());
    }
    return normalizeBatch(x, { ...this.#follow(x), gamma, beta }, this.#options());
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: -1,
      momentum: this.#momentum,
      epsilon: this.#epsilon,
      center: true,
      scale: this.#scale,
    };
  }

  override dispose(): ReturnType<layers.Layer['dispose']> {
    const result = super.dispose();
    if (result.refCountAfterDispose === 0) this.#ones?.dispose();
    return result;
  }

  #options(): NormalizeOptions {
    return { epsilon: this.#epsilon, rectified: this.#rectifies };
  }

  /** The batch's statistics; the moving ones go a step towards them. */
  #follow(x: tf.Tensor4D): BatchStatistics {
    const moving = {
      mean: this.#movingMean.read() as tf.Tensor1D,
      variance: this.#movingVariance.read() as tf.Tensor1D,
    };
    const constants = { epsilon: this.#epsilon, momentum: this.#momentum };
    const statistics = batchStatistics(x, moving, constants);
    this.#movingMean.write(statistics.nextMean);
    this.#movingVariance.write(statistics.nextVariance);
    return statistics;
  }
}
tf.serialization.registerClass(BatchNorm as never);
