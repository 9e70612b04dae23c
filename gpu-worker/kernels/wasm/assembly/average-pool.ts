/**
 * Average pooling and its gradient.
 *
 *   x [B, H, W, C]     ->  y [B, OH, OW, C], the mean of each window and channel
 *   dy [B, OH, OW, C]  ->  dx [B, H, W, C], the sum over the windows that a pixel lies in of dy / pixels of the window
 *
 * Windows are clipped at the edges of the image: a mean is of the pixels inside. The gradient gathers, so that no two items add to the same number: an item is a band of
 * output rows, backwards of input rows, of all images. Bytes: 4 per number and window, backwards 12.
 */
import { storeLanes } from './lanes';
import { madd } from './madd';
import { Pool } from './pool';

export function averagePool(job: Pool, item: i32): void {
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
    for (let column = 0; column < job.outWidth; column++) {
      const left = column * job.strideWidth - job.left;
      const firstColumn = max(0, left);
      const columns = min(job.width, left + job.kernelWidth) - firstColumn;
      meanOfWindow(from + <usize>firstColumn * pixelBytes, rows, columns, rowBytes, job.channels, y);
      y += pixelBytes;
    }
  }
}

/** @param x the first pixel of the window that lies in the image. */
function meanOfWindow(x: usize, rows: i32, columns: i32, rowBytes: usize, channels: i32, y: usize): void {
  const pixelBytes = (<usize>channels) << 2;
  const step = rowBytes - <usize>columns * pixelBytes;
  const share = f32x4.splat(<f32>1 / <f32>(rows * columns));
  let left = channels;
  for (; left >= 16; left -= 16) {
    let s0 = f32x4.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0;
    let at = x;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        s0 = f32x4.add(s0, v128.load(at));
        s1 = f32x4.add(s1, v128.load(at, 16));
        s2 = f32x4.add(s2, v128.load(at, 32));
        s3 = f32x4.add(s3, v128.load(at, 48));
        at += pixelBytes;
      }
      at += step;
    }
    v128.store(y, f32x4.mul(s0, share));
    v128.store(y, f32x4.mul(s1, share), 16);
    v128.store(y, f32x4.mul(s2, share), 32);
    v128.store(y, f32x4.mul(s3, share), 48);
    x += 64;
    y += 64;
  }
  for (; left > 0; left -= 4) {
    let sum = f32x4.splat(0);
    let at = x;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        sum = f32x4.add(sum, v128.load(at));
        at += pixelBytes;
      }
      at += step;
    }
    storeLanes(y, f32x4.mul(sum, share), left);
    x += 16;
    y += 16;
  }
}

export function averagePoolGradient(job: Pool, item: i32): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const end = min((job.outRows / job.outHeight) * job.height, (item + 1) * job.bandRows);
  for (let row = item * job.bandRows; row < end; row++) {
    const image = row / job.height;
    const h = row - image * job.height + job.top;
    const firstRow = firstWindow(h, job.kernelHeight, job.strideHeight);
    const lastRow = min(job.outHeight - 1, h / job.strideHeight);
    const dy = job.small + <usize>(image * job.outHeight * job.outWidth) * pixelBytes;
    let dx = job.large + <usize>(row * job.width) * pixelBytes;
    memory.fill(dx, 0, <usize>job.width * pixelBytes);
    for (let column = 0; column < job.width; column++) {
      const w = column + job.left;
      const firstColumn = firstWindow(w, job.kernelWidth, job.strideWidth);
      const lastColumn = min(job.outWidth - 1, w / job.strideWidth);
      for (let oh = firstRow; oh <= lastRow; oh++) {
        const rows = inside(oh, job.strideHeight, job.kernelHeight, job.top, job.height);
        for (let ow = firstColumn; ow <= lastColumn; ow++) {
          const columns = inside(ow, job.strideWidth, job.kernelWidth, job.left, job.width);
          const share = <f32>1 / <f32>(rows * columns);
          addShare(dy + <usize>(oh * job.outWidth + ow) * pixelBytes, share, dx, job.channels);
        }
      }
      dx += pixelBytes;
    }
  }
}

/** The first window along an axis that reaches place `at`, counted from the first window's start. */
function firstWindow(at: i32, kernel: i32, stride: i32): i32 {
  return at < kernel ? 0 : (at - kernel) / stride + 1;
}

/** How many places of a window lie in the image. */
function inside(window: i32, stride: i32, kernel: i32, before: i32, length: i32): i32 {
  const start = window * stride - before;
  return min(length, start + kernel) - max(0, start);
}

/** Adds a window's share to one pixel. */
function addShare(dy: usize, share: f32, dx: usize, channels: i32): void {
  const shares = f32x4.splat(share);
  let left = channels;
  for (; left >= 4; left -= 4) {
    v128.store(dx, madd(v128.load(dy), shares, v128.load(dx)));
    dy += 16;
    dx += 16;
  }
  if (left > 0) storeLanes(dx, madd(v128.load(dy), shares, v128.load(dx)), left);
}
