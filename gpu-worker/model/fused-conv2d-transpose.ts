/**
 * A transposed convolution, its bias and its rectifier as one differentiable operation: y = act(convT(x, filter) + bias).
 *
 * It is the gradient of a convolution with respect to its input, so its own gradients are that convolution and the gradient of its filter. Where the
 * backend has a kernel for all three at once, one dispatch makes y. 'same' padding: y is `strides` times as large as x.
 */
import * as tf from '@tensorflow/tfjs-core';
import { biasActivationGrad } from './fused-conv2d.ts';

export interface FusedConv2DTransposeOptions {
  strides: number;
  activation: 'relu' | 'linear';
}

/** x [B, H, W, C], filter [KH, KW, N, C], bias [N] -> [B, s*H, s*W, N]. */
export function fusedConv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  { strides, activation }: FusedConv2DTransposeOptions,
): tf.Tensor4D {
  const operation = tf.customGrad((...given) => {
    const [small, weights, shift, save] = given as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D, tf.GradSaveFunc];
    const large = forward(small, weights, shift, strides, activation);
    save([small, weights, large]);
    return {
      value: large,
      gradFunc: (dy, saved) => {
        const [from, by, y] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
        const { dz, dbias } = biasActivationGrad(dy as tf.Tensor4D, activation === 'relu' ? y : null);
        const attrs = { strides, pad: 'same', dataFormat: 'NHWC', filterShape: by.shape };
        const dw = tf.engine().runKernel(tf.Conv2DBackpropFilter, { x: dz, dy: from }, attrs) as tf.Tensor;
        const dx = tf.conv2d(dz as tf.Tensor4D, by, strides, 'same');
        // It need not wait for the end of the backward pass.
        if (dz !== dy) dz.dispose();
        return [dx, dw, dbias];
      },
    };
  });
  return operation(x, filter, bias) as tf.Tensor4D;
}

function forward(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  strides: number,
  activation: 'relu' | 'linear',
): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const inputShape: [number, number, number, number] = [batch, strides * height, strides * width, filter.shape[2]];
  if (tf.getKernel('FusedConv2DTranspose', tf.getBackend())) {
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', inputShape, activation };
    return tf.engine().runKernel('FusedConv2DTranspose', { dy: x, filter, bias }, attrs) as tf.Tensor4D;
  }
  const shifted = tf.add<tf.Tensor4D>(tf.conv2dTranspose(x, filter, inputShape, strides, 'same'), bias);
  return activation === 'relu' ? tf.relu(shifted) : shifted;
}
