/**
 * Depthwise convolution, with bias and bounds: every channel has filters of its own.
 *
 *   x [B, H, W, C], filter [KH, KW, C, Q]  ->  y [B, OH, OW, C*Q]
 *   y[b, h, w, c*Q + q] = bound(bias[c*Q + q] + sum over i, j of  x[b, h*sh + i*dh - top, w*sw + j*dw - left, c] * filter[i, j, c, q])
 *
 * An item is a band of output rows of one image. It copies the rows of x that it needs, with zeros around them and each channel Q times, into a band of
 * its own, which stays in the second-level cache, and makes of it four pixels by four channels at a time (depthwise-tile.ts).
 * The filter is read where it lies, with steps that may be negative: the gradient of the input is such a convolution, too.
 * Where channels are no multiple of four, what the lanes beyond the last hold is not stored.
 */
import { fillBand } from './band';
import { depthwiseTile } from './depthwise-tile';

@unmanaged
export class Depthwise {
  x: usize;
  /** What the first row and column of a window meet. */
  filter: usize;
  /** [C*Q], or 0 for none. */
  bias: usize;
  y: usize;
  /** A band for each thread, bandBytes apart. */
  band: usize;
  bandBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  multiplier: i32;
  outHeight: i32;
  outWidth: i32;
  /** From one image, row and pixel of y to the next, bytes. */
  yImage: usize;
  yRow: usize;
  yPixel: usize;
  kernelHeight: i32;
  kernelWidth: i32;
  /** From one row and column of the filter to the next, bytes. */
  filterRow: i32;
  filterColumn: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  top: i32;
  left: i32;
  /** Output rows of a band. */
  bandRows: i32;
  /** Bands of an image. */
  bands: i32;
  low: f32;
  high: f32;
}

export function depthwise(job: Depthwise, item: i32, thread: i32): void {
  const image = item / job.bands;
  const firstRow = (item - image * job.bands) * job.bandRows;
  const rows = min(job.bandRows, job.outHeight - firstRow);
  const band = job.band + <usize>thread * job.bandBytes;
  const inputRows = (rows - 1) * job.strideHeight + (job.kernelHeight - 1) * job.dilationHeight + 1;
  const columns = (job.outWidth - 1) * job.strideWidth + (job.kernelWidth - 1) * job.dilationWidth + 1;
  const x = job.x + ((<usize>(image * job.height * job.width) * <usize>job.channels) << 2);
  const firstInput = firstRow * job.strideHeight - job.top;
  const channels = job.channels;
  const multiplier = job.multiplier;
  fillRepeated(band, inputRows, columns, x, job.height, job.width, channels, multiplier, firstInput, -job.left);

  const outChannels = channels * multiplier;
  const pixelBytes = (<usize>outChannels) << 2;
  const rowBytes = <usize>columns * pixelBytes;
  const xStep = <usize>job.strideWidth * pixelBytes;
  for (let row = 0; row < rows; row++) {
    const from = band + <usize>(row * job.strideHeight) * rowBytes;
    const to = job.y + <usize>image * job.yImage + <usize>(firstRow + row) * job.yRow;
    for (let column = 0; column < job.outWidth; column += 4) {
      const pixels = min(4, job.outWidth - column);
      for (let c = 0; c < outChannels; c += 4) {
        const at = (<usize>c) << 2;
        depthwiseTile(
          job,
          from + <usize>column * xStep + at,
          xStep,
          rowBytes,
          pixelBytes,
          at,
          to + <usize>column * job.yPixel + at,
          pixels,
          min(4, outChannels - c),
        );
      }
    }
  }
}

/** fillBand, with each number `times` times, one after another. */
export function fillRepeated(
  band: usize,
  rows: i32,
  columns: i32,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  times: i32,
  row: i32,
  column: i32,
): void {
  const numbers = rows * columns * channels;
  // At the end of the band: repeating from the front never reaches what is still to be read.
  let from = band + ((<usize>(numbers * (times - 1))) << 2);
  fillBand(from, rows, columns, channels, x, height, width, channels, (<usize>channels) << 2, row, column);
  if (times === 1) return;
  for (let i = 0; i < numbers; i++) {
    const value = load<f32>(from);
    for (let time = 0; time < times; time++) {
      store<f32>(band, value);
      band += 4;
    }
    from += 4;
  }
}

@unmanaged
export class SumRuns {
  /** [size * run] */
  x: usize;
  /** [size] */
  y: usize;
  size: i32;
  run: i32;
  /** Numbers of y in an item. */
  chunk: i32;
}

/** Adds up numbers that lie together: what the filters of a channel give for its gradient. */
export function sumRuns(job: SumRuns, item: i32): void {
  const first = item * job.chunk;
  const end = min(job.size, first + job.chunk);
  let x = job.x + ((<usize>(first * job.run)) << 2);
  for (let i = first; i < end; i++) {
    let sum: f32 = 0;
    for (let r = 0; r < job.run; r++) {
      sum += load<f32>(x);
      x += 4;
    }
    store<f32>(job.y + ((<usize>i) << 2), sum);
  }
}
