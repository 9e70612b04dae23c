/**
 * Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray 2016) at the points 0, +-sqrt(1/2), +-sqrt(2) and infinity: y = A^T [(G g G^T) * (B^T d B)] A.
 *
 *   B^T  [ 1   0  -5/2   0   1   0 ]   G  [    1         0        0   ]   A^T  [ 1  1   1    1    1   0 ]
 *        [ 0  -q   -2    p   1   0 ]      [ -2/3     -2/3 p     -1/3  ]        [ 0  p  -p    q   -q   0 ]
 *        [ 0   q   -2   -p   1   0 ]      [ -2/3      2/3 p     -1/3  ]        [ 0 1/2 1/2   2    2   0 ]
 *        [ 0  -p  -1/2   q   1   0 ]      [  1/6      1/6 q      1/3  ]        [ 0 p/2 -p/2  2q  -2q  1 ]
 *        [ 0   p  -1/2  -q   1   0 ]      [  1/6     -1/6 q      1/3  ]
 *        [ 0   1    0  -5/2  0   1 ]      [    0         0        1   ]              p = sqrt(1/2), q = sqrt(2)
 *
 * A patch of 4x4 outputs takes 36 products a pair of channels instead of 144. With the usual points 0, +-1, +-2 the error in float32 is ten times that
 * of a direct sum; the ones here, whose powers stay near 1, keep it within twice (6e-7 of the largest number with 64 channels, 1.3e-6 with 192).
 * The transforms work in pairs of rows that share their sums: rows 0 and 5, 1 and 2, 3 and 4.
 */
export const P: f32 = <f32>Math.SQRT1_2;
export const Q: f32 = <f32>Math.SQRT2;

/** Places of a patch. */
export const PLACES: usize = 36;

/** Bytes from one place to the next, so many numbers: a cache line more than they take, since steps of a power of two would crowd a few sets of the cache. */
export function placeBytes(numbers: i32): usize {
  return ((<usize>numbers) << 2) + 64;
}

/** The rows of a pair. */
export function firstOfPair(pair: i32): usize {
  return pair === 0 ? 0 : <usize>(2 * pair - 1);
}

export function secondOfPair(pair: i32): usize {
  return pair === 0 ? 5 : <usize>(2 * pair);
}
