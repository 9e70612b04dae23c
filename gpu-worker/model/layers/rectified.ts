/**
 * The rectifier after a convolution, which the convolution has computed already: one operation on the device, two layers by name, as SLEAP
 * has them. Written into files as Keras's Activation("relu").
 */
import type * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

export class Rectified extends layers.Layer {
  static className = 'Rectified';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return Array.isArray(inputs) ? inputs[0]! : inputs;
  }

  override getConfig(): serialization.ConfigDict {
    return { activation: 'relu', ...super.getConfig() };
  }
}
serialization.registerClass(Rectified);
