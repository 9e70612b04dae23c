/**
 * e^-x of four float32 at once.
 *
 *   -x = n ln 2 + r, |r| <= ln 2 / 2;  e^-x = 2^n (1 + r + r^2 / 2! + .. + r^6 / 6!)
 *
 * What the series leaves out is 2e-7 of e^r at most, (ln 2 / 2)^7 / 7! at the lower end; rounding adds as much. ln 2 is taken off in two parts, as in Cody & Waite,
 * Software Manual for the Elementary Functions (1980): 355/512 has nine binary digits, so its product with n is exact. x is held to 87 on both sides, where
 * e^87 and e^-87 are still normal numbers: nothing overflows. NaN stays NaN where it is multiplied with x later on.
 */
import { madd } from './madd';

const MOST: f32 = 87;
const LN2_HIGH: f32 = 0.693359375;
/** ln 2 - LN2_HIGH */
const LN2_LOW: f32 = -2.1219444005469057e-4;
/** 1.5 * 2^23: added to a small number it leaves the nearest whole one in the lowest bits. */
const ROUNDER: f32 = 12_582_912;

export function expOfNegative(x: v128): v128 {
  const power = f32x4.neg(f32x4.pmax(f32x4.pmin(x, f32x4.splat(MOST)), f32x4.splat(-MOST)));
  const rounder = f32x4.splat(ROUNDER);
  const shifted = madd(power, f32x4.splat(Mathf.LOG2E), rounder);
  const n = f32x4.sub(shifted, rounder);
  const r = madd(n, f32x4.splat(-LN2_LOW), madd(n, f32x4.splat(-LN2_HIGH), power));
  let series = madd(r, f32x4.splat(<f32>(1.0 / 720)), f32x4.splat(<f32>(1.0 / 120)));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 24)));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 6)));
  series = madd(series, r, f32x4.splat(0.5));
  series = madd(series, r, f32x4.splat(1));
  series = madd(series, r, f32x4.splat(1));
  // Times 2^n: n, the lowest bits of `shifted`, is added to the exponent.
  return i32x4.add(series, i32x4.shl(shifted, 23));
}
