/**
 * Bilinear upsampling by a factor of two or more with half-pixel centres: what TensorFlow 2's Keras does under
 * UpSampling2D(interpolation="bilinear").
 *
 * TensorFlow.js's layer of that name has another grid, and the gradient of its resizeBilinear ignores halfPixelCenters on every backend.
 * Per axis, for a factor of two, with the edges repeated:  out[2i] = 3/4 x[i] + 1/4 x[i-1],  out[2i+1] = 3/4 x[i] + 1/4 x[i+1].
 * The gradient is the transpose, with d's edges repeated: dx[i] = 1/4 d[2i-1] + 3/4 d[2i] + 3/4 d[2i+1] + 1/4 d[2i+2]. These weights
 * [1 3 3 1] / 4 are [1 1] * [1 1] * [1 1] / 4, three sums of neighbours in a row; for an even factor f in general they are a box of f, a box
 * of f and a box of 2, such as [1 3 5 7 7 5 3 1] / 8 for four. So the gradient is three average pools where a backend has no kernel of ours for it;
 * WebGPU and wasm have kernels for both ways (kernels/<backend>/half-pixel-upsampling*.ts).
 * Leaves out: odd factors.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** [B, H, W, C] -> [B, fH, fW, C], differentiable on wasm, webgpu and cpu. @param factor f, even. */
export function upsampleHalfPixel(x: tf.Tensor4D, factor = 2): tf.Tensor4D {
  const enlarged = tf.customGrad(input => {
    const images = input as tf.Tensor4D;
    return { value: interpolated(images, factor), gradFunc: dy => transposed(dy as tf.Tensor4D, factor) };
  });
  return enlarged(x) as tf.Tensor4D;
}

function interpolated(x: tf.Tensor4D, factor: number): tf.Tensor {
  if (tf.getKernel('HalfPixelUpsampling', tf.getBackend()))
    return tf.engine().runKernel('HalfPixelUpsampling', { x }, { factor }) as tf.Tensor;
  return tf.image.resizeBilinear(x, [factor * x.shape[1], factor * x.shape[2]], false, true);
}

function transposed(dy: tf.Tensor4D, factor: number): tf.Tensor {
  if (tf.getKernel('HalfPixelUpsamplingGrad', tf.getBackend()))
    return tf.engine().runKernel('HalfPixelUpsamplingGrad', { dy }, { factor }) as tf.Tensor;
  const reach = factor / 2;
  const padded = tf.mirrorPad(
    dy,
    [
      [0, 0],
      [reach, reach],
      [reach, reach],
      [0, 0],
    ],
    'symmetric',
  );
  const pairs = tf.avgPool(padded, 2, 1, 'valid');
  const boxes = tf.avgPool(pairs, factor, 1, 'valid');
  // A mean over f x f is 1 / f^2 of the sum; the weights of one axis add up to f.
  return tf.mul(tf.avgPool(boxes, factor, factor, 'valid'), factor * factor);
}

export interface HalfPixelUpsamplingArgs {
  name: string;
  /** Even; default 2. */
  factor?: number;
}

export class HalfPixelUpsampling extends layers.Layer {
  static className = 'HalfPixelUpsampling';
  readonly #factor: number;

  constructor({ name, factor = 2 }: HalfPixelUpsamplingArgs) {
    super({ name });
    this.#factor = factor;
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    const [batch, height, width, channels] = inputShape as [number | null, number | null, number | null, number];
    return [batch, height && this.#factor * height, width && this.#factor * width, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return upsampleHalfPixel((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D, this.#factor);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.#factor };
  }
}
tf.serialization.registerClass(HalfPixelUpsampling as never);
