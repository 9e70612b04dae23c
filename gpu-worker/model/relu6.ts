import * as tf from '@tensorflow/tfjs-core';
export function relu6(x: tf.Tensor4D): tf.Tensor4D {
  return tf.relu6(x);
}
