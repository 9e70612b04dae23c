/**
 * DepthwiseConv2dNativeBackpropInput: the gradient of a depthwise convolution with respect to its input, which the stock wasm backend lacks.
 *
 *   dy [B, OH, OW, C*Q], filter [KH, KW, C, Q]  ->  dx [B, H, W, C]
 *   dx[y, c] = sum over q and over k with (y + top - k d) divisible by s of  dy[(y + top - k d) / s, c*Q + q] * filter[k, c, q]   (one axis)
 *
 * As for any convolution (conv2d-backprop-input.ts) that is one of dy with stride 1 for each of the s*s phases of dx, here a depthwise one. With several
 * filters to a channel it is made for each of them and added up. Limits: float32, channels last; either a stride or a dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, type ConvSizes, convInfo } from '../conv-info.ts';
import { phases } from './conv2d-backprop-input.ts';
import { runDepthwise } from './depthwise-conv2d.ts';
import { chunksOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

export const depthwiseConv2dBackpropInput: KernelConfig = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, filter } = given.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = given.attrs as unknown as { inputShape: number[] };
    const conv = convInfo(inputShape, filter.shape, given.attrs as unknown as Conv2DAttrs, { depthwise: true });
    const dx = backend.makeOutput(inputShape, 'float32');
    const [from, weights, to] = [dy, filter, dx].map(each => addressOf(backend, each)) as [number, number, number];
    const run = conv.outChannels / conv.inChannels;
    const size = util.sizeFromShape(inputShape);
    if (run === 1) transposed(backend, { x: from, weights, y: to }, conv);
    else
      withRoom(backend, 4 * size * run, each => {
        transposed(backend, { x: from, weights, y: each }, conv);
        const { chunk, items } = chunksOf(size);
        runJob('sumRuns', { x: each, y: to, size, run, chunk }, items);
      });
    return dx;
  },
};

/** @param y [B, H, W, C*Q] */
function transposed(backend: BackendWasm, { x, weights, y }: Record<'x' | 'weights' | 'y', number>, conv: ConvSizes) {
  const { batchSize: batch, inHeight, inWidth, outHeight, outWidth, outChannels: N, padInfo } = conv;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = conv;
  const row = filterWidth * N;
  for (const rows of phases(inHeight, filterHeight, strideHeight, padInfo.top, dilationHeight)) {
    for (const columns of phases(inWidth, filterWidth, strideWidth, padInfo.left, dilationWidth)) {
      const geometry = {
        ...{ batch, height: outHeight, width: outWidth, channels: N, multiplier: 1 },
        ...{ outHeight: rows.count, outWidth: columns.count, kernelHeight: rows.taps, kernelWidth: columns.taps },
        ...{ strideHeight: 1, strideWidth: 1, dilationHeight, dilationWidth, top: rows.before, left: columns.before },
      };
      const first = weights + 4 * (rows.lastTap * row + columns.lastTap * N);
      runDepthwise(backend, geometry, {
        ...{ x, bias: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
        y: y + 4 * (rows.first * inWidth + columns.first) * N,
        ...{ yImage: inHeight * inWidth * N, yRow: strideHeight * inWidth * N, yPixel: strideWidth * N },
        filter: { address: first, row: -strideHeight * row, column: -strideWidth * N },
      });
    }
  }
}
