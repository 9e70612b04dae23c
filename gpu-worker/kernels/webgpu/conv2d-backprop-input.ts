/**
 * Conv2DBackpropInput: the gradient of a convolution with respect to its input, and the forward pass of a transposed convolution.
 *
 *   dy [B, OH, OW, N], filter [KH, KW, C, N]  ->  dx [B, H, W, C]
 *   dx[y] = sum over i with (y + top - i) divisible by s of  dy[(y + top - i) / s] * filter[i]      (one axis; the other is alike)
 *
 * As an implicit GEMM: M = the pixels of dx, C channels, K = taps * N; the neighbours of both operands lie along K. With stride s the pixels fall into s*s
 * phases by their remainder, and in each only ceil(KH/s) * ceil(KW/s) taps meet a pixel of dy: the phases are the product's layers, so that
 * no product with an inserted zero is made. FLOPs: 2 B H W C N KH KW / s^2; bytes at least 4 (B OH OW N + KH KW C N + B H W C).
 * The stock kernel has one thread per result that reads every operand from global memory. Stride or dilation, not both; channels last.
 */
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { type Activation, runGemm } from './gemm-run.ts';
import type { Gemm } from './implicit-gemm.ts';
import { halfProducts } from './precision.ts';

export const conv2dBackpropInput: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape, ...conv } = attrs as unknown as Conv2DAttrs & { inputShape: number[] };
    return inputGradient({ dy, filter }, convInfo(inputShape, filter.shape, conv));
  },
};

/** The forward pass of a transposed convolution, with its bias and rectifier in the same dispatch. */
export const fusedConv2dTranspose: KernelConfig = {
  kernelName: 'FusedConv2DTranspose',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter, bias } = inputs as { dy: TensorInfo; filter: TensorInfo; bias: TensorInfo };
    const { inputShape, activation, ...conv } = attrs as unknown as Conv2DAttrs & {
      inputShape: number[];
      activation: Activation;
    };
    return inputGradient({ dy, filter, bias }, convInfo(inputShape, filter.shape, conv), activation);
  },
};

function inputGradient(
  { dy, filter, bias }: { dy: TensorInfo; filter: TensorInfo; bias?: TensorInfo },
  conv: backend_util.Conv2DInfo,
  activation: Activation = 'linear',
): TensorInfo {
  return runGemm(inputGemm(conv), [dy, filter], conv.inShape, { bias, activation });
}

function inputGemm(conv: backend_util.Conv2DInfo): Gemm {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: N } = conv;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = conv;
  const { dilationHeight: dh, dilationWidth: dw, padInfo } = conv;
  if (sh * sw > 1 && dh * dw > 1)
    throw new Error('The gradient of a convolution with stride and dilation is not defined.');
  const [tapsH, tapsW] = [Math.ceil(KH / sh), Math.ceil(KW / sw)];
  const [rows, columns] = [Math.ceil(H / sh), Math.ceil(W / sw)]; // of one phase
  const width = N % 4 === 0 ? 4 : 1;
  const type = width === 4 ? 'vec4<f32>' : 'f32';
  return {
    name: 'Conv2DBackpropInput',
    ...{ m: B * rows * columns, n: C, k: tapsH * tapsW * N, layers: sh * sw },
    half: halfProducts(),
    bindings: `
@group(0) @binding(1) var<storage, read> dy: array<${type}>;
@group(0) @binding(2) var<storage, read> w: array<${type}>;
fn phaseH() -> i32 { return layer / ${sw}; }
fn phaseW() -> i32 { return layer % ${sw}; }
// The first tap that meets a pixel of this phase; the others follow at the stride.
fn firstH() -> i32 { return (phaseH() + ${padInfo.top}) % ${sh}; }
fn firstW() -> i32 { return (phaseW() + ${padInfo.left}) % ${sw}; }`,
    a: {
      along: 'k',
      width,
      wgsl: `
// A pixel of dx: its frame's first row in dy, and the row and column of dy that its first tap meets.
fn rowA(m: i32) -> vec4<i32> {
  let h = (m / ${columns}) % ${rows} + (phaseH() + ${padInfo.top} - firstH()) / ${sh};
  let v = m % ${columns} + (phaseW() + ${padInfo.left} - firstW()) / ${sw};
  return vec4<i32>((m / ${rows * columns}) * ${OH}, h, v, 0);
}
fn loadA(row: vec4<i32>, k: i32) -> ${type} {
  let tap = k / ${N};
  let h = row.y - (tap / ${tapsW}) * ${dh};
  let v = row.z - (tap % ${tapsW}) * ${dw};
  if (h < 0 || h >= ${OH} || v < 0 || v >= ${OW}) { return ${type}(); }
  return dy[(((row.x + h) * ${OW} + v) * ${N} + k % ${N}) / ${width}];
}`,
    },
    b: {
      along: 'k',
      width,
      wgsl: `
fn rowB(c: i32) -> vec4<i32> { return vec4<i32>(c, firstH(), firstW(), 0); }
fn loadB(row: vec4<i32>, k: i32) -> ${type} {
  let tap = k / ${N};
  let i = row.y + (tap / ${tapsW}) * ${sh};
  let j = row.z + (tap % ${tapsW}) * ${sw};
  if (i >= ${KH} || j >= ${KW}) { return ${type}(); }
  return w[(((i * ${KW} + j) * ${C} + row.x) * ${N} + k % ${N}) / ${width}];
}`,
    },
    place: `
fn place(m: i32) -> i32 {
  let h = ((m / ${columns}) % ${rows}) * ${sh} + phaseH();
  let v = (m % ${columns}) * ${sw} + phaseW();
  return select(-1, (((m / ${rows * columns}) * ${H} + h) * ${W} + v) * ${C}, h < ${H} && v < ${W});
}`,
  };
}
