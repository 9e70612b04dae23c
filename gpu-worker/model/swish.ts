import * as tf from '@tensorflow/tfjs-core';
export function swish(x: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(x, tf.sigmoid(x));
}
