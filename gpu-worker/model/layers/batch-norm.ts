/**
 * Batch normalisation over all pixels of a batch, per channel, as TensorFlow's fused kernel under Keras's layer (Ioffe & Szegedy 2015):
 *
 *   training    y = gamma (x - mean) / sqrt(var + eps) + beta      mean, var: of this batch
 *               moving := moving * momentum + batch * (1 - momentum), with the unbiased var * N / (N - 1)
 *   otherwise   the same with the moving statistics; always so for a layer that is not trainable
 *
 * TensorFlow.js's own layer keeps the biased variance and writes a chain of small operations for its gradient. Here the gradient is the
 * closed form, dx = gamma / sqrt(var + eps) * (dy - mean(dy) - xhat mean(dy xhat)), and sums over pixels are products with a row of ones, so
 * that no backend has to transpose the activations first. Float32, channels last.
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';

export interface BatchNormArgs {
  name: string;
  epsilon?: number;
  momentum?: number;
  trainable?: boolean;
}

type Weight = ReturnType<layers.Layer['addWeight']>;

export class BatchNorm extends layers.Layer {
  static className = 'BatchNorm';
  readonly #epsilon: number;
  readonly #momentum: number;
  #gamma!: Weight;
  #beta!: Weight;
  #movingMean!: Weight;
  #movingVariance!: Weight;

  /** Keras's defaults: epsilon 1e-3, momentum 0.99. */
  constructor({ epsilon = 1e-3, momentum = 0.99, ...args }: BatchNormArgs) {
    super(args);
    this.#epsilon = epsilon;
    this.#momentum = momentum;
  }

  override build(inputShape: (number | null)[]): void {
    const shape = [inputShape.at(-1)!];
    const [zeros, ones] = [initializers.zeros(), initializers.ones()];
    this.#gamma = this.addWeight('gamma', shape, 'float32', ones, undefined, true);
    this.#beta = this.addWeight('beta', shape, 'float32', zeros, undefined, true);
    this.#movingMean = this.addWeight('moving_mean', shape, 'float32', zeros, undefined, false);
    this.#movingVariance = this.addWeight('moving_variance', shape, 'float32', ones, undefined, false);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const [gamma, beta] = [this.#gamma.read() as tf.Tensor1D, this.#beta.read() as tf.Tensor1D];
    if (!kwargs.training || !this.trainable) {
      const [mean, variance] = [this.#movingMean.read() as tf.Tensor1D, this.#movingVariance.read() as tf.Tensor1D];
      return tf.batchNorm(x, mean, variance, beta, gamma, this.#epsilon);
    }
    const [mean, variance] = tf.tidy(() => moments(x));
    const pixels = x.size / x.shape[3];
    this.#follow(this.#movingMean, mean, 1);
    this.#follow(this.#movingVariance, variance, pixels / Math.max(1, pixels - 1));
    return normalize(x, gamma, beta, mean, variance, this.#epsilon);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: -1,
      momentum: this.#momentum,
      epsilon: this.#epsilon,
      center: true,
      scale: true,
    };
  }

  #follow(moving: Weight, batch: tf.Tensor, correction: number): void {
    const share = 1 - this.#momentum;
    tf.tidy(() => {
      const now = moving.read();
      moving.write(tf.sub(now, tf.mul(tf.sub(now, tf.mul(batch, correction)), share)));
    });
  }
}
tf.serialization.registerClass(BatchNorm as never);

/** Mean over [B, H, W] of each channel, [C]: along the rows, then over them, since one long sum of 32-bit floats loses digits. */
function channelMean(x: tf.Tensor4D): tf.Tensor1D {
  const [batch, height, width, channels] = x.shape;
  const rows = batch * height;
  const byRow = tf.matMul(tf.fill([1, 1, width], 1 / width), tf.reshape(x, [rows, width, channels]));
  return tf.reshape(tf.matMul(tf.fill([1, rows], 1 / rows), tf.reshape(byRow, [rows, channels])), [channels]);
}

/** Mean and (biased) variance, each [C]. */
function moments(x: tf.Tensor4D): [tf.Tensor1D, tf.Tensor1D] {
  const mean = channelMean(x);
  return [mean, channelMean(tf.square(tf.sub(x, mean)))];
}

/** The mean and variance are those of x: the gradient flows through them. */
function normalize(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon: number,
): tf.Tensor {
  const run = tf.customGrad((...given) => {
    const [input, scale, shift, save] = given as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    save([input, scale, inverse, mean]);
    return {
      value: tf.batchNorm(input, mean, variance, shift, scale, epsilon),
      gradFunc: (dy, saved) => {
        const [from, by, over, middle] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const out = dy as tf.Tensor4D;
        const xhat = tf.mul<tf.Tensor4D>(tf.sub(from, middle), over);
        const meanDy = channelMean(out);
        const meanDyXhat = channelMean(tf.mul(out, xhat));
        const pixels = out.size / out.shape[3];
        const dx = tf.mul(tf.sub(tf.sub(out, meanDy), tf.mul(xhat, meanDyXhat)), tf.mul(by, over));
        return [dx, tf.mul(meanDyXhat, pixels), tf.mul(meanDy, pixels)];
      },
    };
  });
  return run(x, gamma, beta);
}
