/**
 * Four pixels by eight channels of a convolution: the loop that all its time is spent in.
 *
 * Eight accumulators, both halves of a row of the panel, and one number of a pixel in all four lanes: 8 multiply-adds for 6 loads. Six pixels by eight
 * channels would have better odds on paper, but need every one of x86's 16 registers, and Node 20 and 22 then spill: half the speed. This one
 * reaches nine tenths of what a core can multiply and add (`npm run bench -- cpu`).
 */
import { storeLanes } from './lanes';
import { madd } from './madd';

/**
 * One output row for one panel.
 * @param x the first number that the first pixel meets; the next pixel's lies xStep bytes on. @param y alike.
 * @param panel bias and weights of eight channels (pack-filter.ts). @param wanted of the eight, how many there are.
 * @param rows,taps,run a filter's rows, the runs in each and the numbers in a run.
 * @param tapSkip,rowSkip bytes from the end of a run and of a row to the start of the next.
 * @param floor what is smaller becomes it: 0 or -Infinity.
 */
export function convRow(
  x: usize,
  xStep: usize,
  y: usize,
  yStep: usize,
  width: i32,
  panel: usize,
  wanted: i32,
  rows: i32,
  taps: i32,
  run: i32,
  tapSkip: usize,
  rowSkip: usize,
  floor: f32,
): void {
  // The last four pixels may overlap those before; in a row of fewer than four, the last is made several times.
  const second = <usize>min(1, width - 1);
  const third = <usize>min(2, width - 1);
  const fourth = <usize>min(3, width - 1);
  const last = max(0, width - 4);
  const least = f32x4.splat(floor);
  for (let column = 0; column < width; column += 4) {
    const first = <usize>min(column, last);
    let a0 = x + first * xStep;
    let a1 = a0 + second * xStep;
    let a2 = a0 + third * xStep;
    let a3 = a0 + fourth * xStep;
    let b = panel + 32;
    let c00 = v128.load(panel);
    let c01 = v128.load(panel, 16);
    let c10 = c00;
    let c11 = c01;
    let c20 = c00;
    let c21 = c01;
    let c30 = c00;
    let c31 = c01;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < taps; j++) {
        for (let k = 0; k < run; k++) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          let a = v128.load32_splat(a0);
          c00 = madd(a, b0, c00);
          c01 = madd(a, b1, c01);
          a = v128.load32_splat(a1);
          c10 = madd(a, b0, c10);
          c11 = madd(a, b1, c11);
          a = v128.load32_splat(a2);
          c20 = madd(a, b0, c20);
          c21 = madd(a, b1, c21);
          a = v128.load32_splat(a3);
          c30 = madd(a, b0, c30);
          c31 = madd(a, b1, c31);
          b += 32;
          a0 += 4;
          a1 += 4;
          a2 += 4;
          a3 += 4;
        }
        a0 += tapSkip;
        a1 += tapSkip;
        a2 += tapSkip;
        a3 += tapSkip;
      }
      a0 += rowSkip;
      a1 += rowSkip;
      a2 += rowSkip;
      a3 += rowSkip;
    }
    const y0 = y + first * yStep;
    storePixel(y0, c00, c01, wanted, least);
    storePixel(y0 + second * yStep, c10, c11, wanted, least);
    storePixel(y0 + third * yStep, c20, c21, wanted, least);
    storePixel(y0 + fourth * yStep, c30, c31, wanted, least);
  }
}

/** The first `wanted` of eight numbers. */
function storePixel(to: usize, low: v128, high: v128, wanted: i32, least: v128): void {
  storeLanes(to, f32x4.pmax(low, least), wanted);
  if (wanted > 4) storeLanes(to + 16, f32x4.pmax(high, least), wanted - 4);
}
