/**
 * The two ends of a squeeze-and-excitation block, differentiable: the mean of each channel over an image, and the product of each channel with its gate.
 *
 * By kernels of our own (kernels/wasm/global-average.ts, channel-gate.ts) where the backend has them, composed of TensorFlow.js's operations elsewhere: there sums over
 * pixels are products with a row of ones, along the rows and then over them, so that no backend has to transpose x first and no sum is long.
 * Source: Hu, Shen & Sun, Squeeze-and-Excitation Networks (2018). Leaves out what lies between the two, convolutions of one pixel.
 */
import * as tf from '@tensorflow/tfjs-core';

/** x [B, H, W, C] -> the mean over H and W, [B, 1, 1, C]; float32. */
export function globalAverage(x: tf.Tensor4D): tf.Tensor4D {
  const run = tf.customGrad(input => {
    const image = input as tf.Tensor4D;
    const { shape } = image;
    return { value: imageMean(image), gradFunc: dy => spreadMean(dy as tf.Tensor4D, shape) };
  });
  return run(x) as tf.Tensor4D;
}

/** x [B, H, W, C], gate [B, 1, 1, C] -> x times the gate of its image and channel, [B, H, W, C]; float32. */
export function gateChannels(x: tf.Tensor4D, gate: tf.Tensor4D): tf.Tensor4D {
  const run = tf.customGrad((...given) => {
    const [image, factor, save] = given as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([image, factor]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => gateGradients(dy as tf.Tensor4D, saved as never);
    return { value: gated(image, factor), gradFunc };
  });
  return run(x, gate) as tf.Tensor4D;
}

const has = (kernel: string) => tf.getKernel(kernel, tf.getBackend()) !== undefined;

function imageMean(x: tf.Tensor4D): tf.Tensor4D {
  if (has('GlobalAverage')) return tf.engine().runKernel('GlobalAverage', { x }) as tf.Tensor4D;
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const byRow = tf.matMul(tf.fill([1, 1, width], 1 / width), tf.reshape(x, [batch * height, width, channels]));
    const mean = tf.matMul(tf.fill([1, 1, height], 1 / height), tf.reshape(byRow, [batch, height, channels]));
    return tf.reshape(mean, [batch, 1, 1, channels]);
  });
}

/** The gradient of a mean over images of this shape. */
function spreadMean(dy: tf.Tensor4D, shape: tf.Tensor4D['shape']): tf.Tensor4D {
  const [, height, width] = shape;
  if (has('GlobalAverageGrad')) {
    return tf.engine().runKernel('GlobalAverageGrad', { dy }, { height, width }) as tf.Tensor4D;
  }
  return tf.tidy(() => tf.mul(tf.fill(shape, 1 / (height * width)), dy));
}

function gated(x: tf.Tensor4D, gate: tf.Tensor4D): tf.Tensor4D {
  if (has('ChannelGate')) return tf.engine().runKernel('ChannelGate', { x, gate }) as tf.Tensor4D;
  return tf.mul(x, gate);
}

/** Of x and gate. */
function gateGradients(dy: tf.Tensor4D, [x, gate]: [tf.Tensor4D, tf.Tensor4D]): tf.Tensor[] {
  if (has('ChannelGateGrad')) {
    return tf.engine().runKernel('ChannelGateGrad', { dy, x, gate }) as unknown as tf.Tensor[];
  }
  const pixels = x.shape[1] * x.shape[2];
  return [tf.mul(dy, gate), tf.tidy(() => tf.mul(imageMean(tf.mul(dy, x)), pixels))];
}
