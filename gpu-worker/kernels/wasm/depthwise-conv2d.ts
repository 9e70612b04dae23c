/**
 * DepthwiseConv2dNative and FusedDepthwiseConv2D: a convolution whose channels have filters of their own, with its bias and rectifier in the same pass.
 *
 *   x [B, H, W, C], filter [KH, KW, C, Q], bias [C*Q]  ->  y [B, OH, OW, C*Q] = act(depthwise(x, filter) + bias)
 *
 * Bands of output rows are shared out among the threads (assembly/depthwise.ts). Any stride, dilation and padding; of activations relu and
 * relu6, the stock kernel stays for others. Limits: float32, channels last.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, type ConvSizes, convInfo } from '../conv-info.ts';
import type { Geometry } from './geometry.ts';
import { addressOf, runJob, threadCount, withRoom } from './threads.ts';

export const depthwiseConv2d: KernelConfig = {
  kernelName: 'DepthwiseConv2dNative',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const conv = convInfo(x.shape, filter.shape, attrs as unknown as Conv2DAttrs, { depthwise: true });
    return convolve(backend as BackendWasm, { x, filter }, conv, BOUNDS.linear);
  },
};

const BOUNDS = {
  linear: { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  relu: { low: 0, high: Number.POSITIVE_INFINITY },
  relu6: { low: 0, high: 6 },
};
type Bounds = (typeof BOUNDS)['linear'];

const stockFused = getKernel('FusedDepthwiseConv2D', 'wasm');

export const fusedDepthwiseConv2d: KernelConfig = {
  ...stockFused,
  kernelFunc: given => {
    const { x, filter, bias } = given.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const { activation } = given.attrs as unknown as { activation: string };
    if (!Object.hasOwn(BOUNDS, activation)) return stockFused.kernelFunc(given);
    const conv = convInfo(x.shape, filter.shape, given.attrs as unknown as Conv2DAttrs, { depthwise: true });
    const bounds = BOUNDS[activation as keyof typeof BOUNDS];
    return convolve(given.backend as BackendWasm, { x, filter, bias }, conv, bounds);
  },
};

function convolve(
  backend: BackendWasm,
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  conv: ConvSizes,
  { low, high }: Bounds,
): TensorInfo {
  const { outHeight, outWidth, outChannels, filterWidth } = conv;
  const y = backend.makeOutput([conv.batchSize, outHeight, outWidth, outChannels], 'float32');
  runDepthwise(backend, depthwiseGeometryOf(conv), {
    ...{ x: addressOf(backend, x), bias: bias ? addressOf(backend, bias) : 0, low, high, y: addressOf(backend, y) },
    ...{ yPixel: outChannels, yRow: outWidth * outChannels, yImage: outHeight * outWidth * outChannels },
    filter: { address: addressOf(backend, filter), row: filterWidth * outChannels, column: outChannels },
  });
  return y;
}

export type DepthwiseGeometry = Omit<Geometry, 'outChannels'> & { multiplier: number };

export function depthwiseGeometryOf(conv: ConvSizes): DepthwiseGeometry {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = conv;
  return {
    ...{ batch: batchSize, height: inHeight, width: inWidth, channels: inChannels, outHeight, outWidth },
    ...{ multiplier: outChannels / inChannels, kernelHeight: conv.filterHeight, kernelWidth: conv.filterWidth },
    ...{ strideHeight: conv.strideHeight, strideWidth: conv.strideWidth },
    ...{ dilationHeight: conv.dilationHeight, dilationWidth: conv.dilationWidth },
    ...{ top: padInfo.top, left: padInfo.left },
  };
}

/** Addresses in bytes, everything else in numbers of four bytes. */
interface Places extends Bounds {
  x: number;
  y: number;
  /** From one image, row and pixel of y to the next. */
  yImage: number;
  yRow: number;
  yPixel: number;
  /** What the first row and column of a window meet, and from there to the next. */
  filter: { address: number; row: number; column: number };
  /** [C*Q], or 0 for none. */
  bias: number;
}

/** What a band may take of the second-level cache, 256 KiB on the smallest cores. */
const BAND_BYTES = 96 * 1024;
/** Fewer numbers than this are made before another thread has woken up. */
const LEAST_NUMBERS = 16_384;

export function runDepthwise(backend: BackendWasm, { batch, ...sizes }: DepthwiseGeometry, places: Places): void {
  const { outHeight, outWidth, channels, multiplier } = sizes;
  const wanted = Math.ceil((batch * outHeight) / (4 * threadCount()));
  const least = Math.ceil(LEAST_NUMBERS / (outWidth * channels * multiplier));
  const { bandRows, bandBytes } = depthwiseBand({ ...sizes, batch }, BAND_BYTES, Math.max(wanted, least));
  const bands = Math.ceil(outHeight / bandRows);
  const { x, y, bias, low, high, filter } = places;
  withRoom(backend, threadCount() * bandBytes, band => {
    const steps = { yImage: 4 * places.yImage, yRow: 4 * places.yRow, yPixel: 4 * places.yPixel };
    const weights = { filter: filter.address, filterRow: 4 * filter.row, filterColumn: 4 * filter.column };
    const division = { band, bandBytes, bandRows, bands };
    runJob('depthwise', { ...sizes, x, y, bias, low, high, ...steps, ...weights, ...division }, batch * bands);
  });
}

/** Output rows of a band, at most `wanted` and what fits into `most` bytes, and the bytes that they take. */
export function depthwiseBand(
  sizes: DepthwiseGeometry,
  most: number,
  wanted: number,
): { bandRows: number; bandBytes: number } {
  const { channels, multiplier, outHeight, outWidth, kernelWidth, strideHeight, strideWidth, dilationWidth } = sizes;
  const pixelBytes = 4 * channels * multiplier;
  const rowBytes = ((outWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1) * pixelBytes;
  const extra = (sizes.kernelHeight - 1) * sizes.dilationHeight + 1;
  const fitting = Math.floor((most / rowBytes - extra) / strideHeight) + 1;
  const bandRows = Math.max(1, Math.min(outHeight, wanted, fitting));
  // Four pixels, three columns of a filter and four channels are read together, whether they are there or not.
  const beyond = (3 * strideWidth + 2 * dilationWidth) * pixelBytes + 16;
  const bytes = ((bandRows - 1) * strideHeight + extra) * rowBytes + beyond;
  return { bandRows, bandBytes: 64 * Math.ceil(bytes / 64) };
}
