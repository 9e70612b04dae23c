/**
 * Bilinear upsampling by two with half-pixel centres: what TensorFlow 2's Keras does under UpSampling2D(interpolation="bilinear").
 *
 * TensorFlow.js's layer of that name has another grid, and the gradient of its resizeBilinear ignores halfPixelCenters on every backend.
 * Per axis, with the edges repeated:  out[2i] = 3/4 x[i] + 1/4 x[i-1],  out[2i+1] = 3/4 x[i] + 1/4 x[i+1].
 * The gradient is the transpose, dx[i] = 1/4 d[2i-1] + 3/4 d[2i] + 3/4 d[2i+1] + 1/4 d[2i+2] with d's edges repeated, and the weights
 * [1 3 3 1] / 4 are three sums of neighbours in a row: [1 1] * [1 1] * [1 1] / 4. So it is three average pools, fast on every backend.
 * Leaves out: other factors than two.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** [B, H, W, C] -> [B, 2H, 2W, C], differentiable on wasm, webgpu and cpu. */
export function upsampleHalfPixel(x: tf.Tensor4D): tf.Tensor4D {
  const doubled = tf.customGrad(input => {
    const images = input as tf.Tensor4D;
    const size: [number, number] = [2 * images.shape[1], 2 * images.shape[2]];
    return {
      value: tf.image.resizeBilinear(images, size, false, true),
      gradFunc: dy => transposed(dy as tf.Tensor4D),
    };
  });
  return doubled(x) as tf.Tensor4D;
}

function transposed(dy: tf.Tensor4D): tf.Tensor4D {
  const padded = tf.mirrorPad(
    dy,
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    'symmetric',
  );
  const once = tf.avgPool(padded, 2, 1, 'valid');
  const twice = tf.avgPool(once, 2, 1, 'valid');
  // A mean over 2 x 2 is a quarter of the sum: per axis 8 / 4 = 2.
  return tf.mul(tf.avgPool(twice, 2, 2, 'valid'), 4);
}

export class HalfPixelUpsampling extends layers.Layer {
  static className = 'HalfPixelUpsampling';

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    const [batch, height, width, channels] = inputShape as [number | null, number | null, number | null, number];
    return [batch, height && 2 * height, width && 2 * width, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return upsampleHalfPixel((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D);
  }
}
tf.serialization.registerClass(HalfPixelUpsampling);
