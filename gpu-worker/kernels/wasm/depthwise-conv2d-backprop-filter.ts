/**
 * DepthwiseConv2dNativeBackpropFilter: the gradient of a depthwise convolution with respect to its filter, which the stock wasm backend lacks.
 *
 *   x [B, H, W, C], dy [B, OH, OW, C*Q]  ->  dW [KH, KW, C, Q]
 *   dW[i, j, c, q] = sum over b, h, w of  x[b, h*sh + i*dh - top, w*sw + j*dw - left, c] * dy[b, h, w, c*Q + q]
 *
 * Output rows are summed in groups (assembly/depthwise-filter-gradient.ts), whose number depends on the shapes alone, and the groups added up.
 * Any stride, dilation and padding. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { type DepthwiseGeometry, depthwiseBand, depthwiseGeometryOf } from './depthwise-conv2d.ts';
import { addressOf, runJob, threadCount, withRoom } from './threads.ts';

/** Most groups: eight threads in three rounds. */
const MOST_GROUPS = 24;
/** Numbers of dy that a group has at least. */
const LEAST_NUMBERS = 16_384;
/** What a band of x may take of the second-level cache. */
const BAND_BYTES = 96 * 1024;

export const depthwiseConv2dBackpropFilter: KernelConfig = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, dy } = given.inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = given.attrs as unknown as { filterShape: number[] };
    const conv = convInfo(x.shape, filterShape, given.attrs as unknown as Conv2DAttrs, { depthwise: true });
    const dw = backend.makeOutput(filterShape, 'float32');
    const [from, by, sum] = [x, dy, dw].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    sumGradient(backend, depthwiseGeometryOf(conv), { x: from, dy: by, sum });
    return dw;
  },
};

/** Addresses. */
interface Places {
  x: number;
  dy: number;
  sum: number;
}

function sumGradient(backend: BackendWasm, sizes: DepthwiseGeometry, { x, dy, sum }: Places): void {
  const { batch, channels, multiplier, outHeight, outWidth, kernelHeight, kernelWidth: run } = sizes;
  const outChannels = channels * multiplier;
  const worth = Math.floor((batch * outHeight * outWidth * outChannels) / LEAST_NUMBERS);
  const groups = Math.max(1, Math.min(MOST_GROUPS, batch * outHeight, worth));
  const { bandRows, bandBytes } = depthwiseBand(sizes, BAND_BYTES, outHeight);
  // As sumFilterParts of the dense convolution reads them.
  const partBytes = 4 * kernelHeight * (4 * Math.ceil(run / 4)) * (8 * Math.ceil(outChannels / 8));
  const partsBytes = 64 * Math.ceil((groups * partBytes) / 64);
  withRoom(backend, partsBytes + threadCount() * bandBytes, parts => {
    const places = { x, dy, parts, band: parts + partsBytes, bandBytes };
    runJob('depthwiseFilterGradient', { ...sizes, ...places, groups, bandRows }, groups);
    const of = { parts, sum, sumRow: 4 * outChannels };
    runJob('sumFilterParts', { ...of, groups, kernelHeight, run, outChannels }, kernelHeight);
  });
}
