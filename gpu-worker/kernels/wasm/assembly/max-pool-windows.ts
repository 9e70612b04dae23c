/**
 * The windows of max pooling, backwards: which number of a window takes its gradient.
 *
 *   of x(0), x(1), .. in reading order the winner is the first that no other exceeds
 *
 * Four channels at a time: a later number takes over where it is larger than all before it, so nothing is kept but masks of four lanes.
 */

/** Two rows of x, cut into `pixels` windows of 2x2: writes all of the two rows of dx that they cover. */
export function scatterPairs(x: usize, dy: usize, dx: usize, rowBytes: usize, pixels: i32, channels: i32): void {
  const pixelBytes = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let left = channels;
    for (; left >= 4; left -= 4) {
      const x0 = v128.load(x);
      const x1 = v128.load(x + pixelBytes);
      const second = f32x4.gt(x1, x0);
      const x2 = v128.load(x + rowBytes);
      const above = f32x4.pmax(x0, x1);
      const third = f32x4.gt(x2, above);
      const fourth = f32x4.gt(v128.load(x + rowBytes + pixelBytes), f32x4.pmax(above, x2));
      const g = v128.load(dy);
      const upper = v128.andnot(g, v128.or(third, fourth));
      v128.store(dx, v128.andnot(upper, second));
      v128.store(dx + pixelBytes, v128.and(upper, second));
      v128.store(dx + rowBytes, v128.andnot(v128.and(g, third), fourth));
      v128.store(dx + rowBytes + pixelBytes, v128.and(g, fourth));
      x += 16;
      dy += 16;
      dx += 16;
    }
    for (; left > 0; left--) {
      store<f32>(dx, 0);
      store<f32>(dx + pixelBytes, 0);
      store<f32>(dx + rowBytes, 0);
      store<f32>(dx + rowBytes + pixelBytes, 0);
      scatterOne(x, dy, dx, 2, 2, rowBytes, pixelBytes);
      x += 4;
      dy += 4;
      dx += 4;
    }
    x += pixelBytes;
    dx += pixelBytes;
  }
}

/** Adds dy of one window to dx. @param x,dx the first pixel of the window that lies in the image. */
export function scatterWindow(
  x: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
  channels: i32,
): void {
  const step = rowBytes - <usize>columns * pixelBytes;
  let left = channels;
  for (; left >= 4; left -= 4) {
    let most = v128.load(x);
    let winner = i32x4.splat(0);
    let at = x;
    let place = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = v128.load(at);
        const larger = f32x4.gt(value, most);
        most = f32x4.pmax(most, value);
        winner = v128.bitselect(i32x4.splat(place), winner, larger);
        place++;
        at += pixelBytes;
      }
      at += step;
    }
    const g = v128.load(dy);
    at = dx;
    place = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const mine = v128.and(g, i32x4.eq(winner, i32x4.splat(place)));
        v128.store(at, f32x4.add(v128.load(at), mine));
        place++;
        at += pixelBytes;
      }
      at += step;
    }
    x += 16;
    dy += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    scatterOne(x, dy, dx, rows, columns, rowBytes, pixelBytes);
    x += 4;
    dy += 4;
    dx += 4;
  }
}

/** One channel of a window. */
function scatterOne(x: usize, dy: usize, dx: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize): void {
  let most = load<f32>(x);
  let winner: usize = 0;
  for (let row = 0; row < rows; row++) {
    let at = <usize>row * rowBytes;
    for (let column = 0; column < columns; column++) {
      const value = load<f32>(x + at);
      if (value > most) {
        most = value;
        winner = at;
      }
      at += pixelBytes;
    }
  }
  store<f32>(dx + winner, load<f32>(dx + winner) + load<f32>(dy));
}
