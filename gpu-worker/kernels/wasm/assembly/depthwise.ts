/**
 * Depthwise convolution, with bias and bounds: every channel has filters of its own.
 *
 *   x [B, H, W, C], filter [KH, KW, C, Q]  ->  y [B, OH, OW, C*Q]
 *   y[b, h, w, c*Q + q] = bound(bias[c*Q + q] + sum over i, j of  x[b, h*sh + i*dh - top, w*sw + j*dw - left, c] * filter[i, j, c, q])
 *
 * An item is a band of output rows of one image. It copies the rows of x that it needs, with zeros around them and each channel Q times, into a band of
 * its own, which stays in the second-level cache, and makes of it four pixels by four channels at a time: 4 multiply-adds for
 * 5 loads, or 12 for 9 where a filter is three wide and its pixels lie side by side.
 * The filter is read where it lies, with steps that may be negative: the gradient of the input is such a convolution, too.
 * Where channels are no multiple of four, what the lanes beyond the last hold is not stored.
 */
import { fillRepeated } from './channel-multiplier';
import { storeLanes } from './lanes';
import { madd } from './madd';

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

/** @param at bytes to the first channel in the filter and the bias. @param pixels,wanted how many of four pixels and channels there are. */
function depthwiseTile(
  job: Depthwise,
  x: usize,
  xStep: usize,
  rowBytes: usize,
  pixelBytes: usize,
  at: usize,
  y: usize,
  pixels: i32,
  wanted: i32,
): void {
  const tapStep = <usize>job.dilationWidth * pixelBytes;
  const rowStep = <usize>job.dilationHeight * rowBytes;
  const bias = job.bias === 0 ? f32x4.splat(0) : v128.load(job.bias + at);
  const filter = job.filter + at;
  if (job.kernelWidth === 3 && tapStep === xStep) tileOfThree(job, x, xStep, rowStep, filter, bias, y, pixels, wanted);
  else tileOfAny(job, x, xStep, rowStep, tapStep, filter, bias, y, pixels, wanted);
}

/** Three columns, whose pixels are those of the next pixels of y as well. */
function tileOfThree(
  job: Depthwise,
  x: usize,
  xStep: usize,
  rowStep: usize,
  filter: usize,
  bias: v128,
  y: usize,
  pixels: i32,
  wanted: i32,
): void {
  let sum0 = bias,
    sum1 = bias,
    sum2 = bias,
    sum3 = bias;
  const rows = job.kernelHeight;
  const filterRow = job.filterRow;
  const filterColumn = job.filterColumn;
  for (let i = 0; i < rows; i++) {
    const w0 = v128.load(filter),
      w1 = v128.load(filter + filterColumn),
      w2 = v128.load(filter + 2 * filterColumn);
    const a0 = v128.load(x),
      a1 = v128.load(x + xStep),
      a2 = v128.load(x + 2 * xStep),
      a3 = v128.load(x + 3 * xStep),
      a4 = v128.load(x + 4 * xStep),
      a5 = v128.load(x + 5 * xStep);
    sum0 = madd(a2, w2, madd(a1, w1, madd(a0, w0, sum0)));
    sum1 = madd(a3, w2, madd(a2, w1, madd(a1, w0, sum1)));
    sum2 = madd(a4, w2, madd(a3, w1, madd(a2, w0, sum2)));
    sum3 = madd(a5, w2, madd(a4, w1, madd(a3, w0, sum3)));
    filter += filterRow;
    x += rowStep;
  }
  storeTile(job, y, sum0, sum1, sum2, sum3, pixels, wanted);
}

function tileOfAny(
  job: Depthwise,
  x: usize,
  xStep: usize,
  rowStep: usize,
  tapStep: usize,
  filter: usize,
  bias: v128,
  y: usize,
  pixels: i32,
  wanted: i32,
): void {
  let sum0 = bias,
    sum1 = bias,
    sum2 = bias,
    sum3 = bias;
  const rows = job.kernelHeight;
  const columns = job.kernelWidth;
  const filterColumn = job.filterColumn;
  for (let i = 0; i < rows; i++) {
    let a0 = x;
    let a1 = a0 + xStep,
      a2 = a1 + xStep,
      a3 = a2 + xStep;
    let weights = filter;
    for (let j = 0; j < columns; j++) {
      const weight = v128.load(weights);
      sum0 = madd(v128.load(a0), weight, sum0);
      sum1 = madd(v128.load(a1), weight, sum1);
      sum2 = madd(v128.load(a2), weight, sum2);
      sum3 = madd(v128.load(a3), weight, sum3);
      weights += filterColumn;
      a0 += tapStep;
      a1 += tapStep;
      a2 += tapStep;
      a3 += tapStep;
    }
    filter += job.filterRow;
    x += rowStep;
  }
  storeTile(job, y, sum0, sum1, sum2, sum3, pixels, wanted);
}

function storeTile(
  job: Depthwise,
  y: usize,
  sum0: v128,
  sum1: v128,
  sum2: v128,
  sum3: v128,
  pixels: i32,
  wanted: i32,
): void {
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  storeLanes(y, f32x4.pmin(f32x4.pmax(sum0, low), high), wanted);
  if (pixels > 1) storeLanes(y + job.yPixel, f32x4.pmin(f32x4.pmax(sum1, low), high), wanted);
  if (pixels > 2) storeLanes(y + 2 * job.yPixel, f32x4.pmin(f32x4.pmax(sum2, low), high), wanted);
  if (pixels > 3) storeLanes(y + 3 * job.yPixel, f32x4.pmin(f32x4.pmax(sum3, low), high), wanted);
}
