/**
 * Four pixels by four channels of a depthwise convolution: the loops that all its time is spent in.
 *
 * 4 multiply-adds for 5 loads; where a filter is three wide and its pixels lie side by side, as most do, they share theirs: 12 for 9.
 */
import { storeSome } from './conv-tile';
import { Depthwise } from './depthwise';
import { madd } from './madd';

/** @param at bytes to the first channel in the filter and the bias. @param pixels,wanted how many of four pixels and channels there are. */
export function depthwiseTile(
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
  let sum0 = job.bias === 0 ? f32x4.splat(0) : v128.load(job.bias + at);
  let sum1 = sum0,
    sum2 = sum0,
    sum3 = sum0;
  const tapStep = <usize>job.dilationWidth * pixelBytes;
  const rows = job.kernelHeight,
    columns = job.kernelWidth,
    filterRow = job.filterRow,
    filterColumn = job.filterColumn;
  const rowStep = <usize>job.dilationHeight * rowBytes;
  let row = job.filter + at;
  if (columns === 3 && tapStep === xStep) {
    for (let i = 0; i < rows; i++) {
      const w0 = v128.load(row),
        w1 = v128.load(row + filterColumn),
        w2 = v128.load(row + 2 * filterColumn);
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
      row += filterRow;
      x += rowStep;
    }
  } else {
    for (let i = 0; i < rows; i++) {
      let a0 = x;
      let a1 = a0 + xStep,
        a2 = a1 + xStep,
        a3 = a2 + xStep;
      let weights = row;
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
      row += filterRow;
      x += rowStep;
    }
  }
  storeBound(job, y, sum0, wanted);
  if (pixels > 1) storeBound(job, y + job.yPixel, sum1, wanted);
  if (pixels > 2) storeBound(job, y + 2 * job.yPixel, sum2, wanted);
  if (pixels > 3) storeBound(job, y + 3 * job.yPixel, sum3, wanted);
}

function storeBound(job: Depthwise, to: usize, sum: v128, wanted: i32): void {
  const value = f32x4.pmin(f32x4.pmax(sum, f32x4.splat(job.low)), f32x4.splat(job.high));
  if (wanted === 4) v128.store(to, value);
  else storeSome(to, value, value, wanted);
}
