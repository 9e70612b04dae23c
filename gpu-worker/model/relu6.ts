/**
 * The rectifier that ends at six, differentiable; only its result is kept, since 0 < y < 6 tells what it let pass.
 *
 * The gradient is a kernel of our own (kernels/wasm/relu-grad.ts) where the backend has it; the value is TensorFlow.js's everywhere. At 6 itself the
 * gradient is 0, as in TensorFlow; TensorFlow.js's own, which keeps x, passes it on there.
 */
import * as tf from '@tensorflow/tfjs-core';

/** min(6, max(0, x)), of any shape; float32. */
export function relu6<T extends tf.Tensor>(x: T): T {
  const run = tf.customGrad((...given) => {
    const [input, save] = given as unknown as [T, tf.GradSaveFunc];
    const value = tf.relu6(input);
    save([value]);
    return { value, gradFunc: (dy, saved) => gradient(dy as T, saved[0] as T) };
  });
  return run(x) as T;
}

function gradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (tf.getKernel('Relu6Grad', tf.getBackend())) return tf.engine().runKernel('Relu6Grad', { dy, y }) as tf.Tensor;
  return tf.tidy(() => tf.mul(dy, tf.mul(tf.step(y), tf.step(tf.sub(6, y)))));
}
