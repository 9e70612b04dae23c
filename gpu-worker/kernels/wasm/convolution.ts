/**
 * Runs a convolution on the threads: the forward pass, and whatever else is one (the gradient of an input, a transposed convolution, one group of channels).
 *
 * The filter is laid out in panels first (assembly/pack-filter.ts), then bands of output rows are shared out (assembly/conv.ts). Here their sizes
 * are chosen: a band with its zeros fits the second-level cache beside the panels, and there are enough items for all threads.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { runJob, threadCount, withRoom } from './threads.ts';

export interface Geometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  kernelHeight: number;
  kernelWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  /** Zeros before the image; negative where its first rows or columns are not read. */
  top: number;
  left: number;
}

/** Addresses in bytes, everything else in numbers of four bytes. */
export interface Places {
  x: number;
  /** From one pixel of x to the next. */
  xPixel: number;
  y: number;
  /** From one image, row and pixel of y to the next. */
  yImage: number;
  yRow: number;
  yPixel: number;
  /** Where its first weight is, that of row, column, input and output channel 0, and from there to the next in each direction. */
  filter: { address: number; row: number; column: number; input: number; output: number };
  /** [outChannels], or 0 for none. */
  bias: number;
  rectify: boolean;
}

/** What a band may take: it shares the second-level cache, 256 KiB on the smallest cores, with the panels. */
const BAND_BYTES = 96 * 1024;
/** Output pixels of a band where nothing is copied. */
const BAND_PIXELS = 2048;
const PANEL = 8;

export function runConvolution(backend: BackendWasm, geometry: Geometry, places: Places): void {
  const { batch, channels, kernelHeight: rows, kernelWidth: columns, outChannels } = geometry;
  const panelCount = Math.ceil(outChannels / PANEL);
  const panelBytes = 4 * PANEL * (1 + rows * columns * channels);
  const { bandRows, bandBytes } = bandOf(geometry, places);
  const bands = Math.ceil(geometry.outHeight / bandRows);
  // Too few bands for all threads: their panels are divided as well.
  const shares = Math.min(panelCount, Math.ceil((2 * threadCount()) / (batch * bands)));
  const alignedBytes = 64 * Math.ceil(bandBytes / 64);
  withRoom(backend, panelCount * panelBytes + threadCount() * alignedBytes + 64, panels => {
    const { filter } = places;
    const pack = {
      panels,
      bias: places.bias,
      filter: filter.address,
      rows,
      columns,
      inputs: channels,
      outputs: outChannels,
    };
    const steps = { row: filter.row, column: filter.column, input: filter.input, output: filter.output };
    runJob('packFilter', { ...pack, ...inBytes(steps) }, panelCount);
    const { batch: _, ...sizes } = geometry;
    const band = bandBytes === 0 ? 0 : 64 * Math.ceil((panels + panelCount * panelBytes) / 64);
    const { xPixel, yImage, yRow, yPixel } = places;
    const job = { ...sizes, ...inBytes({ xPixel, yImage, yRow, yPixel }), x: places.x, y: places.y, panels };
    const division = { band, bandBytes: alignedBytes, bandRows, bands, shares, rectify: Number(places.rectify) };
    runJob('conv', { ...job, ...division }, batch * bands * shares);
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
  const extra = rowsFor(1) - 1;
  const most = Math.floor((BAND_BYTES / rowBytes - extra - 1) / geometry.strideHeight) + 1;
  const bands = Math.ceil(outHeight / Math.max(1, Math.min(outHeight, most)));
  const bandRows = Math.ceil(outHeight / bands);
  return { bandRows, bandBytes: Math.max(4, rowsFor(bandRows) * rowBytes) };
}

function inBytes<T extends Record<string, number>>(numbers: T): T {
  return Object.fromEntries(Object.entries(numbers).map(([name, count]) => [name, 4 * count])) as T;
}
