/** A rectifier with a ceiling, y = min(max(0, x), 6), as MobileNet has it: Keras's ReLU(max_value=6), computed by ../relu6.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { relu6 } from '../relu6.ts';

export class Relu6 extends layers.Layer {
  static className = 'Relu6';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return relu6((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), maxValue: 6 };
  }
}
tf.serialization.registerClass(Relu6);
