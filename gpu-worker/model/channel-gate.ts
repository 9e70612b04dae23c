import * as tf from '@tensorflow/tfjs-core';
export function globalAverage(x: tf.Tensor4D): tf.Tensor4D {
  return tf.mean(x, [1, 2], true);
}
export function gateChannels(x: tf.Tensor4D, gate: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(x, gate);
}
