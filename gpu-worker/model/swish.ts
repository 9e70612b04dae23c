/**
 * Swish, x times its own sigmoid (SiLU), differentiable; only x is kept for the gradient.
 *
 * By kernels of our own (kernels/wasm/swish.ts) where the backend has them, composed of TensorFlow.js's operations elsewhere.
 * Source: Ramachandran, Zoph & Le, Searching for Activation Functions (2017). Leaves out its factor beta, which is 1.
 */
import * as tf from '@tensorflow/tfjs-core';

/** x / (1 + e^-x), of any shape; float32. */
export function swish<T extends tf.Tensor>(x: T): T {
  const run = tf.customGrad((...given) => {
    const [input, save] = given as unknown as [T, tf.GradSaveFunc];
    save([input]);
    return { value: value(input), gradFunc: (dy, saved) => gradient(dy as T, saved[0] as T) };
  });
  return run(x) as T;
}

function value(x: tf.Tensor): tf.Tensor {
  if (tf.getKernel('Swish', tf.getBackend())) return tf.engine().runKernel('Swish', { x }) as tf.Tensor;
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)));
}

/** dy s (1 + x (1 - s)), s the sigmoid of x. */
function gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  if (tf.getKernel('SwishGrad', tf.getBackend())) return tf.engine().runKernel('SwishGrad', { dy, x }) as tf.Tensor;
  return tf.tidy(() => {
    const s = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(s, tf.add(tf.mul(x, tf.sub(1, s)), 1)));
  });
}
