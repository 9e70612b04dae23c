/**
 * Conv2D and FusedConv2D: a convolution, with its bias and rectifier in the same pass where they are asked for.
 *
 *   x [B, H, W, C], filter [KH, KW, C, N], bias [N]  ->  y [B, OH, OW, N]
 *   y[b, oh, ow, n] = act(bias[n] + sum over i, j, c of  x[b, oh*sh + i*dh - top, ow*sw + j*dw - left, c] * filter[i, j, c, n])
 *
 * Any stride, dilation and padding. The stock kernel (XNNPACK) has no multiply-add and packs the filter on one thread; it stays for activations
 * beside relu, on that one thread. Limits: float32, channels last.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, type ConvSizes, convInfo } from '../conv-info.ts';
import { runConvolution } from './convolution.ts';
import type { Geometry } from './geometry.ts';
import { addressOf } from './threads.ts';

export const conv2d: KernelConfig = {
  kernelName: 'Conv2D',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const conv = convInfo(x.shape, filter.shape, attrs as unknown as Conv2DAttrs);
    return convolve(backend as BackendWasm, { x, filter }, conv, false);
  },
};

// With what it prepares for each backend that is opened.
const stockFused = getKernel('FusedConv2D', 'wasm');

export const fusedConv2d: KernelConfig = {
  ...stockFused,
  kernelFunc: given => {
    const { x, filter, bias } = given.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const { activation } = given.attrs as unknown as { activation: string };
    if (activation !== 'linear' && activation !== 'relu') return stockFused.kernelFunc(given);
    const conv = convInfo(x.shape, filter.shape, given.attrs as unknown as Conv2DAttrs);
    return convolve(given.backend as BackendWasm, { x, filter, bias }, conv, activation === 'relu');
  },
};

function convolve(
  backend: BackendWasm,
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  conv: ConvSizes,
  rectify: boolean,
): TensorInfo {
  const { outHeight, outWidth, outChannels, inChannels, filterWidth } = conv;
  const y = backend.makeOutput([conv.batchSize, outHeight, outWidth, outChannels], 'float32');
  const tap = inChannels * outChannels;
  runConvolution(backend, geometryOf(conv), {
    ...{ x: addressOf(backend, x), xPixel: inChannels, bias: bias ? addressOf(backend, bias) : 0, rectify },
    ...{ y: addressOf(backend, y), yPixel: outChannels, yRow: outWidth * outChannels },
    yImage: outHeight * outWidth * outChannels,
    filter: { address: addressOf(backend, filter), row: filterWidth * tap, column: tap, input: outChannels, output: 1 },
  });
  return y;
}

export function geometryOf(conv: ConvSizes): Geometry {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = conv;
  return {
    ...{ batch: batchSize, height: inHeight, width: inWidth, channels: inChannels, outHeight, outWidth, outChannels },
    ...{ kernelHeight: conv.filterHeight, kernelWidth: conv.filterWidth },
    ...{ strideHeight: conv.strideHeight, strideWidth: conv.strideWidth },
    ...{ dilationHeight: conv.dilationHeight, dilationWidth: conv.dilationWidth },
    ...{ top: padInfo.top, left: padInfo.left },
  };
}
