/**
 * The images of Winograd's F(4x4, 3x3) (winograd-points.ts): V = B^T d B of a patch of 6x6 pixels for every 4x4 outputs, and, for the gradient of
 * the filter, D = A dy A^T of the 4x4 gradients.
 *
 * Two rows of a 6x6 at a time, since they share their sums: first down the columns of a whole row of patches, numbers that lie together and whose
 * neighbours share them, then along the rows, patch by patch.
 */
import { madd } from './madd';
import { P, Q } from './winograd-points';

/**
 * Two rows of V of a row of patches, all channels.
 * @param upper,lower column 0 of either row, patch after patch; `place` bytes on, the next column. @param pair of rows, 0 to 2.
 * @param pixels the first of the first patch. @param rowBytes,pixelBytes from one row and pixel to the next; channels lie together, a multiple of four.
 * @param sums room for two rows of pixels.
 */
export function winogradInput(
  upper: usize,
  lower: usize,
  place: usize,
  pair: i32,
  pixels: usize,
  rowBytes: usize,
  pixelBytes: usize,
  patches: i32,
  sums: usize,
): void {
  const bytes = <usize>(4 * patches + 2) * pixelBytes;
  if (pair === 0) outerDown(sums, sums + bytes, pixels, rowBytes, bytes);
  else innerDown(sums, sums + bytes, pixels, rowBytes, bytes, pair);
  inputAlong(upper, place, sums, pixelBytes, patches);
  inputAlong(lower, place, sums + bytes, pixelBytes, patches);
}

/** Rows 0 and 5 of B^T d. */
function outerDown(top: usize, bottom: usize, d: usize, row: usize, bytes: usize): void {
  const minus = f32x4.splat(-2.5);
  for (let at: usize = 0; at < bytes; at += 16) {
    const from = d + at;
    const ends = f32x4.add(v128.load(from), v128.load(from + 4 * row));
    v128.store(top + at, madd(v128.load(from + 2 * row), minus, ends));
    const others = f32x4.add(v128.load(from + row), v128.load(from + 5 * row));
    v128.store(bottom + at, madd(v128.load(from + 3 * row), minus, others));
  }
}

/** Rows 1 and 2, or 3 and 4. */
function innerDown(upper: usize, lower: usize, d: usize, row: usize, bytes: usize, pair: i32): void {
  const second = f32x4.splat(pair === 1 ? -2 : -0.5);
  const first = f32x4.splat(pair === 1 ? -Q : -P);
  const third = f32x4.splat(pair === 1 ? P : Q);
  for (let at: usize = 0; at < bytes; at += 16) {
    const from = d + at;
    const even = madd(v128.load(from + 2 * row), second, v128.load(from + 4 * row));
    const odd = madd(v128.load(from + 3 * row), third, f32x4.mul(v128.load(from + row), first));
    v128.store(upper + at, f32x4.add(even, odd));
    v128.store(lower + at, f32x4.sub(even, odd));
  }
}

/** A row of B^T d, times B. */
function inputAlong(v: usize, place: usize, row: usize, pixelBytes: usize, patches: i32): void {
  const p = f32x4.splat(P);
  const q = f32x4.splat(Q);
  const outer = f32x4.splat(-2.5);
  for (let patch = 0; patch < patches; patch++) {
    for (let c: usize = 0; c < pixelBytes; c += 16) {
      const from = row + c;
      const d1 = v128.load(from + pixelBytes);
      const d2 = v128.load(from + 2 * pixelBytes);
      const d3 = v128.load(from + 3 * pixelBytes);
      const d4 = v128.load(from + 4 * pixelBytes);
      let to = v + c;
      v128.store(to, madd(d2, outer, f32x4.add(v128.load(from), d4)));
      const near = f32x4.sub(d4, f32x4.add(d2, d2));
      const nearOdd = f32x4.sub(f32x4.mul(d3, p), f32x4.mul(d1, q));
      to += place;
      v128.store(to, f32x4.add(near, nearOdd));
      to += place;
      v128.store(to, f32x4.sub(near, nearOdd));
      const far = madd(d2, f32x4.splat(-0.5), d4);
      const farOdd = f32x4.sub(f32x4.mul(d3, q), f32x4.mul(d1, p));
      to += place;
      v128.store(to, f32x4.add(far, farOdd));
      to += place;
      v128.store(to, f32x4.sub(far, farOdd));
      to += place;
      v128.store(to, madd(d3, outer, f32x4.add(d1, v128.load(from + 5 * pixelBytes))));
    }
    v += pixelBytes;
    row += 4 * pixelBytes;
  }
}

/**
 * Two rows of D of a row of patches, all channels; arguments as those of winogradInput.
 * @param gradients the first pixel of dy's first patch.
 */
export function winogradGradients(
  upper: usize,
  lower: usize,
  place: usize,
  pair: i32,
  gradients: usize,
  rowBytes: usize,
  pixelBytes: usize,
  patches: i32,
  sums: usize,
): void {
  const bytes = <usize>(4 * patches) * pixelBytes;
  if (pair === 0) {
    gradientsAlong(upper, place, gradients, pixelBytes, patches);
    gradientsAlong(lower, place, gradients + 3 * rowBytes, pixelBytes, patches);
    return;
  }
  const one = f32x4.splat(pair === 1 ? P : Q);
  const two = f32x4.splat(pair === 1 ? 0.5 : 2);
  const three = f32x4.splat(pair === 1 ? 0.5 * P : 2 * Q);
  for (let at: usize = 0; at < bytes; at += 16) {
    const from = gradients + at;
    const even = madd(v128.load(from + 2 * rowBytes), two, v128.load(from));
    const odd = madd(v128.load(from + 3 * rowBytes), three, f32x4.mul(v128.load(from + rowBytes), one));
    v128.store(sums + at, f32x4.add(even, odd));
    v128.store(sums + bytes + at, f32x4.sub(even, odd));
  }
  gradientsAlong(upper, place, sums, pixelBytes, patches);
  gradientsAlong(lower, place, sums + bytes, pixelBytes, patches);
}

/** A row of A dy, times A^T. */
function gradientsAlong(v: usize, place: usize, row: usize, pixelBytes: usize, patches: i32): void {
  for (let patch = 0; patch < patches; patch++) {
    for (let c: usize = 0; c < pixelBytes; c += 16) {
      const from = row + c;
      const d0 = v128.load(from);
      const d1 = v128.load(from + pixelBytes);
      const d2 = v128.load(from + 2 * pixelBytes);
      const d3 = v128.load(from + 3 * pixelBytes);
      let to = v + c;
      v128.store(to, d0);
      const near = madd(d2, f32x4.splat(0.5), d0);
      const nearOdd = madd(d3, f32x4.splat(<f32>(0.5 * P)), f32x4.mul(d1, f32x4.splat(P)));
      to += place;
      v128.store(to, f32x4.add(near, nearOdd));
      to += place;
      v128.store(to, f32x4.sub(near, nearOdd));
      const far = f32x4.add(d0, f32x4.add(d2, d2));
      const farOdd = madd(d3, f32x4.splat(<f32>(2 * Q)), f32x4.mul(d1, f32x4.splat(Q)));
      to += place;
      v128.store(to, f32x4.add(far, farOdd));
      to += place;
      v128.store(to, f32x4.sub(far, farOdd));
      to += place;
      v128.store(to, d3);
    }
    v += pixelBytes;
    row += 4 * pixelBytes;
  }
}
