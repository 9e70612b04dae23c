/**
 * GroupedConv2D and GroupedConv2DBackpropInput: a convolution whose channels come in groups that do not meet, and its gradient with respect to its input.
 *
 *   x [B, H, W, C], filter [KH, KW, C/G, N]  ->  y [B, OH, OW, N];  group g has inputs g C/G .. and outputs g N/G .., as in TensorFlow
 *   y[b, h, v, n] = sum over i, j, k of  x[b, h*sh + i - top, v*sw + j - left, first input of n's group + k] * filter[i, j, k, n]
 *   dx[b, h, v, c] = the same sum over the outputs of c's group, of the pixels of dy whose windows hold (h, v)
 *
 * Both are sums over taps and the channels of a group (grouped-product.ts): dx with the filter turned round and, with stride s, in s*s phases of pixels
 * that meet the same taps, as in conv2d-backprop-input.ts; rows of taps that a phase does not meet are left out, columns are multiplied by zero.
 * FLOPs: 2 B OH OW N KH KW C/G, a G-th of those of a dense filter with zeros between the groups; bytes at least 4 (B H W C + KH KW C/G N + B OH OW N).
 * 3 x 3 in groups of 4, 8, 16, 32: 9, 18, 36, 72 FLOPs a byte, of which a large GPU makes about 20: narrow groups are bound by memory, wide ones by arithmetic.
 * 4 x 80 x 80 x 128 in 32 groups: 0.24 GFLOP and 26 MB. Speed on a GPU: not measured. Any stride and padding. Limits: channels last, no dilation.
 */
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { compute } from './dispatch.ts';
import { counting } from './gemm-fetch.ts';
import { type Grouped, type GroupedProduct, groupedProgram } from './grouped-product.ts';
import { widthOf } from './pixel-reduction.ts';

export type GroupedAttrs = Pick<Conv2DAttrs, 'strides' | 'pad'> & { groups: number };

export const groupedConv2d: KernelConfig = {
  kernelName: 'GroupedConv2D',
  backendName: 'webgpu',
  kernelFunc: given => {
    const { x, filter } = given.inputs as { x: TensorInfo; filter: TensorInfo };
    const sizes = groupsOf(x.shape, filter.shape, given.attrs as unknown as GroupedAttrs);
    return compute(groupedProgram(forward(sizes)), sizes.yShape, [x, filter]);
  },
};

export const groupedConv2dBackpropInput: KernelConfig = {
  kernelName: 'GroupedConv2DBackpropInput',
  backendName: 'webgpu',
  kernelFunc: given => {
    const { dy, filter } = given.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape, ...attrs } = given.attrs as unknown as GroupedAttrs & { inputShape: number[] };
    const product = backward(groupsOf(inputShape, filter.shape, attrs));
    return compute(groupedProgram(product), inputShape, [dy, filter]);
  },
};

export interface GroupedSizes {
  /** Of one group. */
  conv: backend_util.Conv2DInfo;
  x: Grouped;
  y: Grouped;
  yShape: [number, number, number, number];
}

/** @throws Error when the channels do not come in so many groups. */
export function groupsOf(
  x: readonly number[],
  filter: readonly number[],
  { groups, ...attrs }: GroupedAttrs,
): GroupedSizes {
  const [inputs, outputs] = [filter[2]!, filter[3]! / groups];
  if (inputs * groups !== x[3] || !Number.isInteger(outputs))
    throw new Error(`${groups} groups of ${x[3]} channels do not meet a filter of [${filter}].`);
  const conv = convInfo(x.with(3, inputs), filter.with(3, outputs), attrs);
  const { inHeight, inWidth, outHeight, outWidth } = conv;
  return {
    conv,
    x: { height: inHeight, width: inWidth, channels: x[3]!, own: inputs },
    y: { height: outHeight, width: outWidth, channels: filter[3]!, own: outputs },
    yShape: [conv.batchSize, outHeight, outWidth, filter[3]!],
  };
}

function forward({ conv, x, y }: GroupedSizes): GroupedProduct {
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = conv;
  return {
    ...{ name: 'GroupedConv2D', batch: conv.batchSize, source: x, result: y },
    ...{ taps: [KH, KW], step: [sh, sw], phases: [1, 1], filterType: 'T' },
    wgsl: `
fn originH() -> i32 { return ${-padInfo.top}; }
fn originW() -> i32 { return ${-padInfo.left}; }
fn hasRow(i: i32) -> bool { return true; }
fn factors(i: i32, j: i32, k: i32, n: i32) -> T {
  return weights[(((i * ${KW} + j) * ${x.own} + k) * ${y.channels} + n) / ${widthOf(y.own)}];
}`,
  };
}

function backward({ conv, x, y }: GroupedSizes): GroupedProduct {
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = conv;
  const [tapsH, tapsW] = [Math.ceil(KH / sh), Math.ceil(KW / sw)];
  const each = counting(widthOf(x.own)).map(m => `weights[first + ${m * y.channels}]`);
  return {
    ...{ name: 'GroupedConv2DBackpropInput', batch: conv.batchSize, source: y, result: x },
    ...{ taps: [tapsH, tapsW], step: [1, 1], phases: [sh, sw], filterType: 'f32' },
    wgsl: `
// The first tap that meets a pixel of this phase. The others follow at the stride, and meet the pixels of dy before: the last one comes first.
fn firstH() -> i32 { return (phaseH + ${padInfo.top}) % ${sh}; }
fn firstW() -> i32 { return (phaseW + ${padInfo.left}) % ${sw}; }
fn tapH(i: i32) -> i32 { return firstH() + (${tapsH - 1} - i) * ${sh}; }
fn tapW(j: i32) -> i32 { return firstW() + (${tapsW - 1} - j) * ${sw}; }
fn originH() -> i32 { return (phaseH + ${padInfo.top} - firstH()) / ${sh} - ${tapsH - 1}; }
fn originW() -> i32 { return (phaseW + ${padInfo.left} - firstW()) / ${sw} - ${tapsW - 1}; }
fn hasRow(i: i32) -> bool { return tapH(i) < ${KH}; }
fn factors(i: i32, j: i32, k: i32, c: i32) -> T {
  if (tapH(i) >= ${KH} || tapW(j) >= ${KW}) { return T(); }
  let first = ((tapH(i) * ${KW} + tapW(j)) * ${x.own} + c % ${x.own}) * ${y.channels} + (c / ${x.own}) * ${y.own} + k;
  return T(${each.join(', ')});
}`,
  };
}
