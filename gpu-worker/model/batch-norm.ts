/**
 * The numbers of batch normalisation in training: the statistics of a batch, and normalisation with them, differentiable.
 *
 * The gradient is the closed form, dx = gamma / sqrt(var + eps) * (dy - mean(dy) - xhat mean(dy xhat)). Both are kernels of our own where the
 * backend has them (batch-norm-*.ts of kernels/webgpu/ and kernels/wasm/), and composed of TensorFlow.js's operations elsewhere: there sums
 * over pixels are products with a row of ones, so that no backend has to transpose the activations first. Float32, channels last.
 */
import * as tf from '@tensorflow/tfjs-core';
import { reluGrad } from './relu-grad.ts';

/** [C] each. */
export interface BatchStatistics {
  mean: tf.Tensor1D;
  /** Biased. */
  variance: tf.Tensor1D;
  /** 1 / sqrt(variance + epsilon) */
  inverse: tf.Tensor1D;
  /** The moving ones after this batch, with the unbiased variance. */
  nextMean: tf.Tensor1D;
  nextVariance: tf.Tensor1D;
}

export interface BatchNormConstants {
  epsilon: number;
  momentum: number;
}

/** @param x [B, H, W, C] @param moving [C] each, before this batch. */
export function batchStatistics(
  x: tf.Tensor4D,
  moving: { mean: tf.Tensor1D; variance: tf.Tensor1D },
  { epsilon, momentum }: BatchNormConstants,
): BatchStatistics {
  if (tf.getKernel('BatchNormMoments', tf.getBackend())) {
    const inputs = { x, movingMean: moving.mean, movingVariance: moving.variance };
    const results = tf.engine().runKernel('BatchNormMoments', inputs, { epsilon, momentum });
    const [mean, variance, inverse, nextMean, nextVariance] = results as unknown as tf.Tensor1D[];
    return { mean: mean!, variance: variance!, inverse: inverse!, nextMean: nextMean!, nextVariance: nextVariance! };
  }
  const pixels = x.size / x.shape[3];
  const follow = (now: tf.Tensor1D, batch: tf.Tensor1D) =>
    tf.sub<tf.Tensor1D>(now, tf.mul(tf.sub(now, batch), 1 - momentum));
  return tf.tidy(() => {
    const mean = channelMean(x);
    const variance = channelMean(tf.square(tf.sub(x, mean)));
    return {
      mean,
      variance,
      inverse: tf.rsqrt(tf.add<tf.Tensor1D>(variance, epsilon)),
      nextMean: follow(moving.mean, mean),
      nextVariance: follow(moving.variance, tf.mul(variance, pixels / Math.max(1, pixels - 1))),
    };
  });
}

/** [C] each. */
interface Parameters {
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
  gamma: tf.Tensor1D;
  beta: tf.Tensor1D;
}

export interface NormalizeOptions {
  epsilon: number;
  /** With a rectifier after it. */
  rectified: boolean;
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, rectified if asked for; differentiable where nothing is rectified. */
export function normalize(x: tf.Tensor4D, parameters: Parameters, { epsilon, rectified }: NormalizeOptions): tf.Tensor {
  const { mean, variance, gamma, beta } = parameters;
  if (rectified && tf.getKernel('BatchNormRectified', tf.getBackend())) {
    const inputs = { x, mean, variance, gamma, beta };
    return tf.engine().runKernel('BatchNormRectified', inputs, { epsilon }) as tf.Tensor;
  }
  const y = tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
  return rectified ? tf.relu(y) : y;
}

/** The same with the statistics of x itself; the gradient flows through them. */
export function normalizeBatch(
  x: tf.Tensor4D,
  { gamma, beta, ...statistics }: BatchStatistics & Pick<Parameters, 'gamma' | 'beta'>,
  options: NormalizeOptions,
): tf.Tensor {
  const { mean, variance, inverse } = statistics;
  const run = tf.customGrad((...given) => {
    const [input, scale, shift, save] = given as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const value = normalize(input, { mean, variance, gamma: scale, beta: shift }, options);
    save([input, scale, inverse, mean, ...(options.rectified ? [value] : [])]);
    return { value, gradFunc: (dy, saved) => gradients(dy as tf.Tensor4D, saved as never) };
  });
  return run(x, gamma, beta);
}

/** Of x, gamma and beta. @param y what came out of the rectifier, if there is one. */
function gradients(
  dy: tf.Tensor4D,
  [x, gamma, inverse, mean, y]: [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor4D?],
): tf.Tensor[] {
  if (tf.getKernel('BatchNormGrad', tf.getBackend())) {
    const inputs: tf.NamedTensorMap = { dy, x, mean, inverse, gamma, ...(y && { y }) };
    return tf.engine().runKernel('BatchNormGrad', inputs) as unknown as tf.Tensor[];
  }
  const dz = y ? (reluGrad(dy, y) as tf.Tensor4D) : dy;
  const xhat = tf.mul<tf.Tensor4D>(tf.sub(x, mean), inverse);
  const meanDz = channelMean(dz);
  const meanDzXhat = channelMean(tf.mul(dz, xhat));
  const pixels = dz.size / dz.shape[3];
  const dx = tf.mul(tf.sub(tf.sub(dz, meanDz), tf.mul(xhat, meanDzXhat)), tf.mul(gamma, inverse));
  return [dx, tf.mul(meanDzXhat, pixels), tf.mul(meanDz, pixels)];
}

/** Mean over [B, H, W] of each channel, [C]: along the rows, then over them, since one long sum of 32-bit floats loses digits. */
function channelMean(x: tf.Tensor4D): tf.Tensor1D {
  const [batch, height, width, channels] = x.shape;
  const rows = batch * height;
  const byRow = tf.matMul(tf.fill([1, 1, width], 1 / width), tf.reshape(x, [rows, width, channels]));
  return tf.reshape(tf.matMul(tf.fill([1, rows], 1 / rows), tf.reshape(byRow, [rows, channels])), [channels]);
}
