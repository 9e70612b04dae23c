/**
 * Conv2D and FusedConv2D: a convolution, with its bias and rectifier in the same dispatch where they are asked for.
 *
 *   x [B, H, W, C], filter [KH, KW, C, N], bias [N]  ->  y [B, OH, OW, N]
 *   y[b, oh, ow, n] = act(bias[n] + sum over i, j, c of  x[b, oh*sh + i*dh - top, ow*sw + j*dw - left, c] * filter[i, j, c, n])
 *
 * As an implicit GEMM: M = B*OH*OW pixels, N channels, K = KH*KW*C. A's neighbours lie along K (channels of one pixel), B's along N. A 1x1 convolution is
 * the plain product: its index arithmetic is constant and falls away. FLOPs: 2 B OH OW N KH KW C; bytes at least 4 (B H W C + KH KW C N + B OH OW N).
 * The stock kernel tiles the product too, but reads every shape and stride from uniforms, and adds bias and activation in training as two
 * more passes over y. Any stride, dilation and padding; channels last. Leaves out: activations beside relu, prelu weights.
 */
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { type Activation, runGemm } from './gemm-run.ts';
import type { Gemm } from './implicit-gemm.ts';
import { halfProducts } from './precision.ts';

export const conv2d: KernelConfig = {
  kernelName: 'Conv2D',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    return convolve({ x, filter }, convInfo(x.shape, filter.shape, attrs as unknown as Conv2DAttrs));
  },
};

export const fusedConv2d: KernelConfig = {
  kernelName: 'FusedConv2D',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, filter, bias } = inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const { activation } = attrs as unknown as { activation: Activation };
    if (activation !== 'linear' && activation !== 'relu')
      throw new Error(`FusedConv2D on webgpu has no activation ${activation}.`);
    const conv = convInfo(x.shape, filter.shape, attrs as unknown as Conv2DAttrs);
    return convolve({ x, filter, bias }, conv, activation);
  },
};

function convolve(
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  conv: backend_util.Conv2DInfo,
  activation: Activation = 'linear',
): TensorInfo {
  return runGemm(forwardGemm(conv), [x, filter], conv.outShape, { bias, activation });
}

/** The convolution as a product, without what comes after it. */
function forwardGemm(conv: backend_util.Conv2DInfo): Gemm {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: N } = conv;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = conv;
  const { dilationHeight: dh, dilationWidth: dw, padInfo } = conv;
  const [wx, wf] = [C % 4 === 0 ? 4 : 1, N % 4 === 0 ? 4 : 1] as const;
  const type = (width: 1 | 4) => (width === 4 ? 'vec4<f32>' : 'f32');
  return {
    name: KH * KW === 1 ? 'Conv2D 1x1' : 'Conv2D',
    ...{ m: B * OH * OW, n: N, k: KH * KW * C },
    half: halfProducts(),
    bindings: `
@group(0) @binding(1) var<storage, read> x: array<${type(wx)}>;
@group(0) @binding(2) var<storage, read> w: array<${type(wf)}>;`,
    a: {
      along: 'k',
      width: wx,
      wgsl: `
// A pixel of y: its frame's first row in x, and the row and column that its first tap meets.
fn rowA(m: i32) -> vec4<i32> {
  return vec4<i32>((m / ${OH * OW}) * ${H}, ((m / ${OW}) % ${OH}) * ${sh} - ${padInfo.top}, (m % ${OW}) * ${sw} - ${padInfo.left}, 0);
}
fn loadA(row: vec4<i32>, k: i32) -> ${type(wx)} {
  let tap = k / ${C};
  let h = row.y + (tap / ${KW}) * ${dh};
  let v = row.z + (tap % ${KW}) * ${dw};
  if (h < 0 || h >= ${H} || v < 0 || v >= ${W}) { return ${type(wx)}(); }
  return x[(((row.x + h) * ${W} + v) * ${C} + k % ${C}) / ${wx}];
}`,
    },
    b: {
      along: 'row',
      width: wf,
      wgsl: `
fn rowB(n: i32) -> vec4<i32> { return vec4<i32>(n, 0, 0, 0); }
fn loadB(row: vec4<i32>, k: i32) -> ${type(wf)} { return w[(k * ${N} + row.x) / ${wf}]; }`,
    },
  };
}
