/** y = x sigmoid(x), as EfficientNet has it (Ramachandran et al. 2017): Keras's Activation("swish"), computed by ../swish.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { swish } from '../swish.ts';

export class Swish extends layers.Layer {
  static className = 'Swish';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return swish((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { activation: 'swish', ...super.getConfig() };
  }
}
tf.serialization.registerClass(Swish);
