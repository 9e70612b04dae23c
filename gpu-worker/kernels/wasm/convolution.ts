/**
 * Runs a convolution on the threads: the forward pass, and whatever else is one (the gradient of an input, a transposed convolution, one group of
 * channels); by Winograd's algorithm where it is the faster one (winograd.ts).
 *
 * The filter is laid out in panels first (assembly/pack-filter.ts), then bands of output rows are shared out (assembly/conv.ts). Here their sizes
 * are chosen: a band with its zeros fits the second-level cache beside the panels, and there are enough items for all threads.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Geometry, imageArguments, type Places, packArguments, panelShares } from './geometry.ts';
import { aligned, runJob, threadCount, withRoom } from './threads.ts';
import { runWinograd, takesWinograd } from './winograd.ts';

/** Output channels of a panel. */
const PANEL = 8;
/** What a band may take: it shares the second-level cache, 256 KiB on the smallest cores, with the panels. */
const BAND_BYTES = 96 * 1024;
/** Output pixels of a band where nothing is copied. */
const BAND_PIXELS = 2048;

export function runConvolution(backend: BackendWasm, geometry: Geometry, places: Places): void {
  if (takesWinograd(geometry)) runWinograd(backend, geometry, places);
  else runDirect(backend, geometry, places);
}

function runDirect(backend: BackendWasm, geometry: Geometry, places: Places): void {
  const { batch, channels, kernelHeight, kernelWidth, outChannels } = geometry;
  const panelCount = Math.ceil(outChannels / PANEL);
  const panelsBytes = aligned(4 * PANEL * panelCount * (1 + kernelHeight * kernelWidth * channels));
  const { bandRows, bandBytes } = bandOf(geometry, places);
  const bands = Math.ceil(geometry.outHeight / bandRows);
  const shares = panelShares(panelCount, batch * bands);
  withRoom(backend, panelsBytes + threadCount() * bandBytes, panels => {
    runJob('packFilter', packArguments(geometry, places, panels), panelCount);
    const { batch: _, ...sizes } = geometry;
    const band = bandBytes === 0 ? 0 : panels + panelsBytes;
    const division = { panels, band, bandBytes, bandRows, bands, shares };
    runJob('conv', { ...sizes, ...imageArguments(places), ...division }, batch * bands * shares);
  });
}

/** Output rows of a band, and its bytes: none where x needs no zeros around it and can be read as it lies. */
function bandOf(geometry: Geometry, { xPixel }: Places): { bandRows: number; bandBytes: number } {
  const { height, width, outHeight, outWidth, channels, top, left } = geometry;
  const reach = (out: number, stride: number, kernel: number, dilation: number) =>
    (out - 1) * stride + (kernel - 1) * dilation + 1;
  const rowsFor = (out: number) => reach(out, geometry.strideHeight, geometry.kernelHeight, geometry.dilationHeight);
  const columns = reach(outWidth, geometry.strideWidth, geometry.kernelWidth, geometry.dilationWidth);
  const inside = top <= 0 && left <= 0 && rowsFor(outHeight) - top <= height && columns - left <= width;
  if (inside && (geometry.kernelWidth === 1 || xPixel === channels)) {
    return { bandRows: Math.max(1, Math.min(outHeight, Math.round(BAND_PIXELS / outWidth))), bandBytes: 0 };
  }
  const rowBytes = 4 * columns * channels;
  const most = Math.floor((BAND_BYTES / rowBytes - rowsFor(1)) / geometry.strideHeight) + 1;
  const bands = Math.ceil(outHeight / Math.max(1, Math.min(outHeight, most)));
  const bandRows = Math.ceil(outHeight / bands);
  return { bandRows, bandBytes: aligned(Math.max(4, rowsFor(bandRows) * rowBytes)) };
}
