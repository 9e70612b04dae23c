/**
 * Conv2DBackpropFilter: the gradient of a convolution with respect to its filter.
 *
 *   x [B, H, W, C], dy [B, OH, OW, N]  ->  dW [KH, KW, C, N]
 *   dW[i, j, c, n] = sum over b, h, v of  x[b, h*sh + i*dh - top, v*sw + j*dw - left, c] * dy[b, h, v, n]
 *
 * As an implicit GEMM: M = KH*KW*C, N channels, K = every pixel of dy; the neighbours of both operands lie along their rows. dW is small and K is long
 * (a million pixels), so K is shared by up to hundreds of workgroups and their partial sums are added (split-K). FLOPs: 2 B OH OW N KH KW C; bytes at
 * least 4 (B H W C + B OH OW N + KH KW C N (2 parts + 1)).
 * The stock kernel has one thread per weight, each of which walks over all pixels alone: three fifths of a training step.
 * Any stride, dilation and padding; channels last.
 */
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { runGemm } from './gemm-run.ts';
import type { Gemm } from './implicit-gemm.ts';
import { halfProducts } from './precision.ts';

export const conv2dBackpropFilter: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape, ...conv } = attrs as unknown as Conv2DAttrs & { filterShape: number[] };
    const info = convInfo(x.shape, filterShape, conv);
    return runGemm(filterGemm(info), [x, dy], info.filterShape);
  },
};

function filterGemm(conv: backend_util.Conv2DInfo): Gemm {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: N } = conv;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = conv;
  const { dilationHeight: dh, dilationWidth: dw, padInfo } = conv;
  const [wx, wy] = [C % 4 === 0 ? 4 : 1, N % 4 === 0 ? 4 : 1] as const;
  const type = (width: 1 | 4) => (width === 4 ? 'vec4<f32>' : 'f32');
  return {
    name: 'Conv2DBackpropFilter',
    ...{ m: KH * KW * C, n: N, k: B * OH * OW },
    half: halfProducts(),
    bindings: `
@group(0) @binding(1) var<storage, read> x: array<${type(wx)}>;
@group(0) @binding(2) var<storage, read> dy: array<${type(wy)}>;`,
    a: {
      along: 'row',
      width: wx,
      wgsl: `
// A tap and a channel: the shift of the tap's row and column, and the channel.
fn rowA(m: i32) -> vec4<i32> {
  let tap = m / ${C};
  return vec4<i32>((tap / ${KW}) * ${dh} - ${padInfo.top}, (tap % ${KW}) * ${dw} - ${padInfo.left}, m % ${C}, 0);
}
fn loadA(row: vec4<i32>, k: i32) -> ${type(wx)} {
  let h = ((k / ${OW}) % ${OH}) * ${sh} + row.x;
  let v = (k % ${OW}) * ${sw} + row.y;
  if (h < 0 || h >= ${H} || v < 0 || v >= ${W}) { return ${type(wx)}(); }
  return x[((((k / ${OH * OW}) * ${H} + h) * ${W} + v) * ${C} + row.z) / ${wx}];
}`,
    },
    b: {
      along: 'row',
      width: wy,
      wgsl: `
fn rowB(n: i32) -> vec4<i32> { return vec4<i32>(n, 0, 0, 0); }
fn loadB(row: vec4<i32>, k: i32) -> ${type(wy)} { return dy[(k * ${N} + row.x) / ${wy}]; }`,
    },
  };
}
