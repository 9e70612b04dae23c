/** The mean of each channel over an image, [B, H, W, C] -> [B, 1, 1, C]: Keras's GlobalAveragePooling2D that keeps its axes. */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { globalAverage } from '../channel-gate.ts';

export class GlobalAverage extends layers.Layer {
  static className = 'GlobalAverage';

  override computeOutputShape([batch, , , channels]: (number | null)[]): (number | null)[] {
    return [batch!, 1, 1, channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return globalAverage((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D);
  }
}
tf.serialization.registerClass(GlobalAverage);
