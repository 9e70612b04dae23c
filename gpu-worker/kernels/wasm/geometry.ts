/**
 * What every way to compute a convolution is told: its sizes, where its tensors lie, and how far one number of them is from the next. Steps make one function do for the
 * forward pass, the gradient of an input, a transposed convolution and a group of channels.
 */
import { threadCount } from './threads.ts';

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

/** Addresses in bytes; steps from one pixel, and from one input channel of a tap, to the next in numbers. */
export interface FilterGradientPlaces {
  x: number;
  xPixel: number;
  dy: number;
  dyPixel: number;
  /** [KH, KW, C, M] */
  sum: number;
  sumStep: number;
}

/** Into how many items the panels of a band are divided: more than one where there are too few bands for all threads. */
export function panelShares(panelCount: number, bands: number): number {
  return Math.min(panelCount, Math.ceil((2 * threadCount()) / bands));
}

/** What laying out the filter asks for. */
export function packArguments(geometry: Geometry, { filter, bias }: Places, panels: number) {
  const { kernelHeight: rows, kernelWidth: columns, channels: inputs, outChannels: outputs } = geometry;
  const steps = { row: 4 * filter.row, column: 4 * filter.column, input: 4 * filter.input, output: 4 * filter.output };
  return { filter: filter.address, bias, panels, rows, columns, inputs, outputs, ...steps };
}

/** Where x and y lie. */
export function imageArguments({ x, xPixel, y, yImage, yRow, yPixel, rectify }: Places) {
  const steps = { xPixel: 4 * xPixel, yImage: 4 * yImage, yRow: 4 * yRow, yPixel: 4 * yPixel };
  return { x, y, ...steps, rectify: Number(rectify) };
}
