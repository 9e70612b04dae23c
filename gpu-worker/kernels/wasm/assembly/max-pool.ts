/**
 * Max pooling.
 *
 *   x [B, H, W, C]  ->  y [B, OH, OW, C], the largest number of each window and channel
 *
 * Windows are clipped at the edges of the image: what lies outside is in none. An item is a band of output rows of all images. Windows of 2x2, two apart,
 * as networks have them, are taken along a whole row; others one by one. A NaN may lose against a number, but of NaNs alone one comes out. Bytes: 4 per number and window.
 */
import { Pool } from './pool';

export function maxPool(job: Pool, item: i32): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  const end = min(job.outRows, (item + 1) * job.bandRows);
  for (let row = item * job.bandRows; row < end; row++) {
    const image = row / job.outHeight;
    const top = (row - image * job.outHeight) * job.strideHeight - job.top;
    const firstRow = max(0, top);
    const rows = min(job.height, top + job.kernelHeight) - firstRow;
    const from = job.large + <usize>(image * job.height + firstRow) * rowBytes;
    let y = job.small + <usize>(row * job.outWidth) * pixelBytes;
    let column = 0;
    if (rows === 2 && job.kernelHeight === 2 && job.kernelWidth === 2 && job.strideWidth === 2 && job.left === 0) {
      column = min(job.outWidth, job.width >> 1);
      poolPairs(from, rowBytes, y, column, job.channels);
      y += <usize>column * pixelBytes;
    }
    for (; column < job.outWidth; column++) {
      const left = column * job.strideWidth - job.left;
      const firstColumn = max(0, left);
      const columns = min(job.width, left + job.kernelWidth) - firstColumn;
      poolWindow(from + <usize>firstColumn * pixelBytes, rows, columns, rowBytes, job.channels, y);
      y += pixelBytes;
    }
  }
}

/** Two rows of x to one of `pixels`. */
function poolPairs(upper: usize, rowBytes: usize, y: usize, pixels: i32, channels: i32): void {
  const pixelBytes = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let left = channels;
    for (; left >= 4; left -= 4) {
      const lower = upper + rowBytes;
      const above = f32x4.pmax(v128.load(upper + pixelBytes), v128.load(upper));
      const below = f32x4.pmax(v128.load(lower + pixelBytes), v128.load(lower));
      v128.store(y, f32x4.pmax(below, above));
      upper += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      store<f32>(y, largest(upper, 2, 2, pixelBytes, rowBytes - 2 * pixelBytes));
      upper += 4;
      y += 4;
    }
    upper += pixelBytes;
  }
}

/** @param x the first pixel of the window that lies in the image. */
function poolWindow(x: usize, rows: i32, columns: i32, rowBytes: usize, channels: i32, y: usize): void {
  const pixelBytes = (<usize>channels) << 2;
  const step = rowBytes - <usize>columns * pixelBytes;
  const lowest = f32x4.splat(-Infinity);
  let left = channels;
  for (; left >= 16; left -= 16) {
    let m0 = lowest,
      m1 = lowest,
      m2 = lowest,
      m3 = lowest;
    let at = x;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        m0 = f32x4.pmax(v128.load(at), m0);
        m1 = f32x4.pmax(v128.load(at, 16), m1);
        m2 = f32x4.pmax(v128.load(at, 32), m2);
        m3 = f32x4.pmax(v128.load(at, 48), m3);
        at += pixelBytes;
      }
      at += step;
    }
    v128.store(y, m0);
    v128.store(y, m1, 16);
    v128.store(y, m2, 32);
    v128.store(y, m3, 48);
    x += 64;
    y += 64;
  }
  for (; left >= 4; left -= 4) {
    let most = lowest;
    let at = x;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        most = f32x4.pmax(v128.load(at), most);
        at += pixelBytes;
      }
      at += step;
    }
    v128.store(y, most);
    x += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    store<f32>(y, largest(x, rows, columns, pixelBytes, step));
    x += 4;
    y += 4;
  }
}

/** Of one channel. */
function largest(x: usize, rows: i32, columns: i32, pixelBytes: usize, step: usize): f32 {
  let most: f32 = -Infinity;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = load<f32>(x);
      if (!(value < most)) most = value;
      x += pixelBytes;
    }
    x += step;
  }
  return most;
}
