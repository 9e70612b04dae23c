/**
 * DepthwiseConv2dNativeBackpropFilter: the gradient of a depthwise convolution with respect to its filter.
 *
 *   x [B, H, W, C], dy [B, OH, OW, C*Q]  ->  dW [KH, KW, C, Q]
 *   dW[i, j, c, q] = sum over b, h, v of  x[b, h*sh + i*dh - top, v*sw + j*dw - left, c] * dy[b, h, v, c*Q + q]
 *
 * No product of matrices, since every channel has a filter of its own: a sum over pixels for each of KH*KW*C*Q weights (pixel-reduction.ts), shared
 * by hundreds of workgroups. FLOPs: 2 B OH OW C Q KH KW; bytes: the taps of a pixel come from the caches, so about 4 (B H W C + B OH OW C Q).
 * The stock kernel has one thread per weight, each of which walks over all pixels alone. Forward pass and input gradient stay stock: they have a
 * thread per pixel and are bound by memory. Any stride, dilation and padding; channels last.
 */
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { compute, discard, dispatch } from './dispatch.ts';
import { mergeProgram, type PixelReduction, partsShape, reduceProgram, sums, widthOf } from './pixel-reduction.ts';

export const depthwiseConv2dBackpropFilter: KernelConfig = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape, ...attributes } = attrs as unknown as Conv2DAttrs & { filterShape: number[] };
    const conv = convInfo(x.shape, filterShape, attributes, { depthwise: true });
    const reduction = sumOf(conv);
    const parts = compute(reduceProgram(reduction), partsShape(reduction), [x, dy]);
    const output = webGpuBackend().makeTensorInfo(filterShape, 'float32');
    dispatch(mergeProgram(reduction, { writes: ['dw'], finish: 'dw[column] = merged.sum;' }), [output], [parts]);
    discard(parts);
    return output;
  },
};

function sumOf(conv: backend_util.Conv2DInfo): PixelReduction {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: N } = conv;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = conv;
  const { dilationHeight: dh, dilationWidth: dw, padInfo } = conv;
  const weights = KH * KW * N;
  const width = widthOf(weights);
  const each = Array.from({ length: width }, (_, i) => `product(pixel, ${width} * column + ${i})`).join(', ');
  return {
    name: 'DepthwiseConv2dNativeBackpropFilter',
    ...{ pixels: B * OH * OW, channels: weights, fields: ['sum'], merge: sums(['sum']) },
    bindings: `
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;`,
    take: `
/// What one pixel of dy adds to a weight.
fn product(pixel: i32, weight: i32) -> f32 {
  let tap = weight / ${N};
  let n = weight % ${N};
  let h = ((pixel / ${OW}) % ${OH}) * ${sh} + (tap / ${KW}) * ${dh} - ${padInfo.top};
  let v = (pixel % ${OW}) * ${sw} + (tap % ${KW}) * ${dw} - ${padInfo.left};
  if (h < 0 || h >= ${H} || v < 0 || v >= ${W}) { return 0.0; }
  return x[(((pixel / ${OH * OW}) * ${H} + h) * ${W} + v) * ${C} + n / ${N / C}] * dy[pixel * ${N} + n];
}
fn take(state: State, at: i32, column: i32) -> State {
  let pixel = at / ${weights / width};
  return State(state.sum + T(${each}), state.n);
}`,
  };
}
