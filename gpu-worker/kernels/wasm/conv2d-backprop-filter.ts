/**
 * Conv2DBackpropFilter: the gradient of a convolution with respect to its filter, which the stock wasm backend lacks.
 *
 *   x [B, H, W, C], dy [B, OH, OW, M]  ->  dW [KH, KW, C, M]
 *   dW[i, j, c, m] = sum over b, h, w of  x[b, h*sh + i - top, w*sw + j - left, c] * dy[b, h, w, m]
 *
 * Output rows are summed in groups, each row of the filter on its own (assembly/conv-filter-gradient.ts), and the groups added up. How many there are
 * depends on the shapes alone: the same numbers come out whatever the number of threads.
 * Limits: float32, channels last, no dilation of the forward convolution (no backend of TensorFlow.js has that gradient).
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, convInfo } from '../conv-info.ts';
import { geometryOf } from './conv2d.ts';
import type { FilterGradientPlaces, Geometry } from './geometry.ts';
import { addressOf, aligned, runJob, threadCount, withRoom } from './threads.ts';
import { takesWinograd } from './winograd.ts';
import { sumWinogradGradient } from './winograd-filter-gradient.ts';

/** Items for eight threads in three rounds. */
const ITEMS = 24;
/** What all parts may take. */
const PARTS_BYTES = 8 * 2 ** 20;
/** What a band of x may take: it lies in the second-level cache. */
const BAND_BYTES = 48 * 1024;

export const conv2dBackpropFilter: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, dy } = given.inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = given.attrs as unknown as { filterShape: number[] };
    const conv = convInfo(x.shape, filterShape, given.attrs as unknown as Conv2DAttrs);
    const dw = backend.makeOutput(filterShape, 'float32');
    const { inChannels: xPixel, outChannels: dyPixel } = conv;
    const [from, by, sum] = [x, dy, dw].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    sumFilterGradient(backend, geometryOf(conv), { x: from, xPixel, dy: by, dyPixel, sum, sumStep: dyPixel });
    return dw;
  },
};

export function sumFilterGradient(backend: BackendWasm, geometry: Geometry, places: FilterGradientPlaces): void {
  if (takesWinograd(geometry)) sumWinogradGradient(backend, geometry, places);
  else sumDirectGradient(backend, geometry, places);
}

function sumDirectGradient(backend: BackendWasm, geometry: Geometry, places: FilterGradientPlaces): void {
  const { batch, channels, outHeight, outWidth, outChannels, kernelHeight, kernelWidth, strideWidth } = geometry;
  const run = kernelWidth * channels;
  const partBytes = 4 * (4 * Math.ceil(run / 4)) * (8 * Math.ceil(outChannels / 8));
  const affordable = Math.floor(PARTS_BYTES / (partBytes * kernelHeight));
  const groups = Math.max(1, Math.min(batch * outHeight, Math.ceil(ITEMS / kernelHeight), affordable));
  const rowBytes = 4 * ((outWidth - 1) * strideWidth + kernelWidth) * channels;
  const bandRows = Math.max(1, Math.min(outHeight, Math.floor(BAND_BYTES / rowBytes)));
  // The last pixel is read four numbers at a time as well.
  const bandBytes = aligned(bandRows * rowBytes + 16);
  const partsBytes = aligned(groups * kernelHeight * partBytes);
  withRoom(backend, partsBytes + threadCount() * bandBytes, parts => {
    const { dilationHeight: _, dilationWidth: __, ...sizes } = geometry;
    const steps = { x: places.x, dy: places.dy, xPixel: 4 * places.xPixel, dyPixel: 4 * places.dyPixel };
    const room = { parts, band: parts + partsBytes, bandBytes, groups, bandRows };
    runJob('convFilterGradient', { ...sizes, ...steps, ...room }, groups * kernelHeight);
    const of = { parts, sum: places.sum, sumRow: 4 * places.sumStep };
    runJob('sumFilterParts', { ...of, groups, kernelHeight, run, outChannels }, kernelHeight);
  });
}
