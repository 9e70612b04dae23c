/** The gradient of a rectifier, told from its result: by a kernel of our own (kernels/<backend>/relu-grad.ts) where there is one. */
import * as tf from '@tensorflow/tfjs-core';

/** dy where the rectifier let it pass. @param y what came out of the rectifier. */
export function reluGrad(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (tf.getKernel('ReluGrad', tf.getBackend())) return tf.engine().runKernel('ReluGrad', { dy, y }) as tf.Tensor;
  return tf.tidy(() => tf.mul(dy, tf.step(y)));
}
