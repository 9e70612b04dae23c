/**
 * Upsampling by two that repeats each pixel: Keras's UpSampling2D(interpolation="nearest").
 *
 * TensorFlow.js has the layer, but its gradient kernel is wrong on cpu for more than one image and slow elsewhere. Each pixel's gradient is the
 * sum over its four copies, which an average pool gives on every backend; wasm has kernels of our own for both ways
 * (kernels/wasm/nearest-upsampling.ts).
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
      return { value: repeated(images), gradFunc: dy => summed(dy as tf.Tensor4D) };
    });
    return doubled(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}
tf.serialization.registerClass(NearestUpsampling);

function repeated(x: tf.Tensor4D): tf.Tensor {
  if (tf.getKernel('NearestUpsampling', tf.getBackend()))
    return tf.engine().runKernel('NearestUpsampling', { x }) as tf.Tensor;
  return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
}

function summed(dy: tf.Tensor4D): tf.Tensor {
  if (tf.getKernel('NearestUpsamplingGrad', tf.getBackend()))
    return tf.engine().runKernel('NearestUpsamplingGrad', { dy }) as tf.Tensor;
  return tf.mul(tf.avgPool(dy, 2, 2, 'valid'), 4);
}
