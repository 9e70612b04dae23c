/**
 * A convolution whose channels come in groups that do not meet, as ResNeXt has them (Xie et al. 2017), differentiable.
 *
 *   x [B, H, W, C], filter [KH, KW, C / groups, N]  ->  y [B, OH, OW, N]; the outputs of a group lie together, as in TensorFlow
 *
 * TensorFlow.js has no such operation: the kernels are our own (kernels/wasm/grouped-conv2d.ts; kernels/webgpu/grouped-conv2d.ts). Limits: no dilation;
 * on a GPU filters of at most 16 columns.
 */
import * as tf from '@tensorflow/tfjs-core';

const GROUPED_CONV2D = 'GroupedConv2D';

export interface GroupedConv2DOptions {
  strides: number | [number, number];
  pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  groups: number;
}

tf.registerGradient({
  kernelName: GROUPED_CONV2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (gradient, [x, filter], attrs) => {
    const dy = gradient as tf.Tensor;
    const run = (suffix: string, inputs: tf.NamedTensorMap, shape: object) =>
      tf.engine().runKernel(GROUPED_CONV2D + suffix, inputs, { ...attrs, ...shape } as never) as tf.Tensor;
    return {
      x: () => run('BackpropInput', { dy, filter: filter! }, { inputShape: x!.shape }),
      filter: () => run('BackpropFilter', { x: x!, dy }, { filterShape: filter!.shape }),
    };
  },
});

/**
 * y of `groups` convolutions side by side, as one operation.
 * @throws Error when the channels do not come in so many groups.
 */
export function groupedConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: GroupedConv2DOptions): tf.Tensor4D {
  return tf.engine().runKernel(GROUPED_CONV2D, { x, filter }, { ...options } as never) as tf.Tensor4D;
}
