/**
 * A rectifier, y = max(0, x), after a layer that cannot rectify on the way (rectified.ts): Keras's Activation("relu").
 *
 * TensorFlow.js keeps x and y for the gradient and takes three operations for it. Here y alone tells what the rectifier let pass.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { reluGrad } from '../relu-grad.ts';

export class Rectifier extends layers.Layer {
  static className = 'Rectifier';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const run = tf.customGrad((...given) => {
      const [x, save] = given as unknown as [tf.Tensor, tf.GradSaveFunc];
      const value = tf.relu(x);
      save([value]);
      return { value, gradFunc: (dy, saved) => reluGrad(dy as tf.Tensor, (saved as tf.Tensor[])[0]!) };
    });
    return run(Array.isArray(inputs) ? inputs[0]! : inputs);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { activation: 'relu', ...super.getConfig() };
  }
}
tf.serialization.registerClass(Rectifier);
