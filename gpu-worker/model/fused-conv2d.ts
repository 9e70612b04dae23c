/**
 * A convolution with its bias and rectifier as one differentiable operation, y = act(conv(x, filter) + bias).
 *
 * TensorFlow.js fuses them for inference only; in training it runs three kernels and keeps the results of all three. Here the gradient is
 * registered for the fused kernel itself, which every backend has: only x, filter and y are kept, since y > 0 tells what the rectifier let
 * pass. A registered gradient is asked for each input on its own, so that none is computed for the images.
 * Leaves out: dilated convolutions, whose gradients no stock backend has (layers/atrous-conv2d.ts); other activations.
 */
import * as tf from '@tensorflow/tfjs-core';
import { reluGrad } from './relu-grad.ts';

export interface FusedConv2DOptions {
  strides: [number, number];
  pad: 'same' | 'valid';
  activation: 'relu' | 'linear';
}

/** x [B, H, W, C], filter [KH, KW, C, N], bias [N] -> [B, OH, OW, N]. */
export function fusedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: FusedConv2DOptions,
): tf.Tensor4D {
  const attrs = { ...options, dataFormat: 'NHWC', dilations: [1, 1] };
  return tf.engine().runKernel(tf.FusedConv2D, { x, filter, bias }, attrs) as tf.Tensor4D;
}

tf.registerGradient({
  kernelName: tf.FusedConv2D,
  inputsToSave: ['x', 'filter'],
  outputsToSave: [true],
  gradFunc: (dy, [x, filter, y], attrs) => {
    const { strides, pad, activation } = attrs as unknown as FusedConv2DOptions;
    const conv = { strides, pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
    const { dz, dbias } = biasActivationGrad(dy as tf.Tensor4D, activation === 'relu' ? (y as tf.Tensor4D) : null);
    const run = (kernel: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(kernel, inputs, { ...conv, ...more } as unknown as tf.NamedAttrMap) as tf.Tensor;
    return {
      x: () => run(tf.Conv2DBackpropInput, { dy: dz, filter: filter! }, { inputShape: x!.shape }),
      filter: () => run(tf.Conv2DBackpropFilter, { x: x!, dy: dz }, { filterShape: filter!.shape }),
      bias: () => {
        // The last input: nobody asks for dz after it, and it need not wait for the end of the backward pass.
        if (dz !== dy) dz.dispose();
        return dbias;
      },
    };
  },
});

/** @param y of the rectifier; null where there is none. */
export function biasActivationGrad(dy: tf.Tensor4D, y: tf.Tensor4D | null): { dz: tf.Tensor; dbias: tf.Tensor } {
  if (tf.getKernel('BiasActivationGrad', tf.getBackend())) {
    const inputs: tf.NamedTensorMap = y === null ? { dy } : { dy, y };
    const results = tf.engine().runKernel('BiasActivationGrad', inputs) as unknown as tf.Tensor[];
    return y === null ? { dz: dy, dbias: results[0]! } : { dz: results[0]!, dbias: results[1]! };
  }
  const dz = y === null ? dy : reluGrad(dy, y);
  return { dz, dbias: tf.sum(dz, [0, 1, 2]) };
}
