/**
 * Four pixels by eight channels of a convolution: the loop that all its time is spent in.
 *
 * Eight accumulators, both halves of a row of the panel, and one number of a pixel in all four lanes: 8 multiply-adds for 6 loads. Six pixels by eight
 * channels would have better odds on paper, but need every one of x86's 16 registers, and Node 20 and 22 then spill: half the speed. This one
 * reaches nine tenths of what a core can multiply and add (`npm run bench -- cpu`).
 */
import { madd } from './madd';

/**
 * @param a0,a1,a2,a3 the first number that each pixel meets.
 * @param panel bias and weights of eight channels (pack-filter.ts).
 * @param rows,taps,run a filter's rows, the runs in each and the numbers in a run.
 * @param tapSkip,rowSkip bytes from the end of a run and of a row to the start of the next.
 * @param y0,y1,y2,y3 where each pixel's channels go. @param wanted of the eight, how many there are.
 */
export function convTile(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  rows: i32,
  taps: i32,
  run: i32,
  tapSkip: usize,
  rowSkip: usize,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  wanted: i32,
  rectify: i32,
): void {
  let c00 = v128.load(panel),
    c01 = v128.load(panel, 16);
  let c10 = c00,
    c11 = c01,
    c20 = c00,
    c21 = c01,
    c30 = c00,
    c31 = c01;
  panel += 32;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < taps; j++) {
      for (let k = 0; k < run; k++) {
        const b0 = v128.load(panel);
        const b1 = v128.load(panel, 16);
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
        panel += 32;
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
  if (rectify) {
    const zero = f32x4.splat(0);
    c00 = f32x4.pmax(c00, zero);
    c01 = f32x4.pmax(c01, zero);
    c10 = f32x4.pmax(c10, zero);
    c11 = f32x4.pmax(c11, zero);
    c20 = f32x4.pmax(c20, zero);
    c21 = f32x4.pmax(c21, zero);
    c30 = f32x4.pmax(c30, zero);
    c31 = f32x4.pmax(c31, zero);
  }
  if (wanted === 8) {
    v128.store(y0, c00);
    v128.store(y0, c01, 16);
    v128.store(y1, c10);
    v128.store(y1, c11, 16);
    v128.store(y2, c20);
    v128.store(y2, c21, 16);
    v128.store(y3, c30);
    v128.store(y3, c31, 16);
  } else {
    storeSome(y0, c00, c01, wanted);
    storeSome(y1, c10, c11, wanted);
    storeSome(y2, c20, c21, wanted);
    storeSome(y3, c30, c31, wanted);
  }
}

/** The first `count` of eight numbers, fewer than eight. */
export function storeSome(to: usize, low: v128, high: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, low);
    to += 16;
    low = high;
    count -= 4;
  }
  if (count >= 2) {
    v128.store64_lane(to, low, 0);
    to += 8;
    low = v128.shuffle<f32>(low, low, 2, 3, 2, 3);
    count -= 2;
  }
  if (count > 0) v128.store32_lane(to, low, 0);
}
