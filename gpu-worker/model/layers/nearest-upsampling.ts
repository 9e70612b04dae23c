/**
 * Upsampling by two that repeats each pixel: Keras's UpSampling2D(interpolation="nearest").
 *
 * TensorFlow.js has the layer, but its gradient kernel is wrong on cpu for more than one image and slow elsewhere. Each pixel's gradient is the
 * sum over its four copies, which an average pool gives on every backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

export class NearestUpsampling extends layers.Layer {
  static className = 'NearestUpsampling';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    const [batch, height, width, channels] = inputShape as [number | null, number | null, number | null, number];
    return [batch, height && 2 * height, width && 2 * width, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const doubled = tf.customGrad(input => {
      const images = input as tf.Tensor4D;
      return {
        value: tf.image.resizeNearestNeighbor(images, [2 * images.shape[1], 2 * images.shape[2]]),
        gradFunc: dy => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4),
      };
    });
    return doubled(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}
tf.serialization.registerClass(NearestUpsampling);
