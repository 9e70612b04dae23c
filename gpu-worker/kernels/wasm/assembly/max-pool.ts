/**
 * Max pooling and its gradient.
 *
 *   x [B, H, W, C]          ->  y [B, OH, OW, C]    the largest number of each window
 *   x, dy [B, OH, OW, C]    ->  dx [B, H, W, C]     each dy goes to the largest number of its window; of equal ones to the first in reading order
 *
 * Four channels at a time: first the largest, then who equals it and is the first to do so. An item is a band of output rows or, for the gradient of windows that
 * overlap, an image: no two threads add to the same number. Bytes: 4 per x and per y; 8 per x and 4 per y.
 */
import { storeLanes } from './lanes';

@unmanaged
export class MaxPool {
  x: usize;
  /** Of the gradient; 0 for the pooling itself. */
  dy: usize;
  /** y or dx. */
  to: usize;
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  windowHeight: i32;
  windowWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  top: i32;
  left: i32;
  /** Items of an image. */
  bands: i32;
  /** Whether each number of x lies in exactly one window. */
  covers: i32;
}

export function maxPool(job: MaxPool, item: i32): void {
  const image = item / job.bands;
  const band = item - image * job.bands;
  const end = ((band + 1) * job.outHeight) / job.bands;
  const x = job.x + ((<usize>(image * job.height * job.width * job.channels)) << 2);
  const pixelBytes = (<usize>job.channels) << 2;
  for (let row = (band * job.outHeight) / job.bands; row < end; row++) {
    let y = job.to + <usize>((image * job.outHeight + row) * job.outWidth) * pixelBytes;
    for (let column = 0; column < job.outWidth; column++) {
      for (let c = 0; c < job.channels; c += 4) {
        const at = (<usize>c) << 2;
        storeLanes(y + at, largest(job, x + at, row, column), job.channels - c);
      }
      y += pixelBytes;
    }
  }
}

/** Four channels of one window. */
function largest(job: MaxPool, x: usize, row: i32, column: i32): v128 {
  const pixelBytes = (<usize>job.channels) << 2;
  const firstRow = row * job.strideHeight - job.top;
  const firstColumn = column * job.strideWidth - job.left;
  const lastRow = min(job.height, firstRow + job.windowHeight);
  const lastColumn = min(job.width, firstColumn + job.windowWidth);
  let most = f32x4.splat(-Infinity);
  for (let h = max(0, firstRow); h < lastRow; h++) {
    for (let w = max(0, firstColumn); w < lastColumn; w++) {
      most = f32x4.pmax(v128.load(x + <usize>(h * job.width + w) * pixelBytes), most);
    }
  }
  return most;
}

export function maxPoolGradient(job: MaxPool, item: i32): void {
  const image = item / job.bands;
  const band = item - image * job.bands;
  const first = (band * job.outHeight) / job.bands;
  const end = ((band + 1) * job.outHeight) / job.bands;
  const pixelBytes = (<usize>job.channels) << 2;
  const start = <usize>(image * job.height * job.width) * pixelBytes;
  if (!job.covers) {
    const firstRow = band === 0 ? 0 : first * job.strideHeight - job.top;
    const lastRow = band === job.bands - 1 ? job.height : min(job.height, end * job.strideHeight - job.top);
    const rowBytes = <usize>job.width * pixelBytes;
    memory.fill(job.to + start + <usize>firstRow * rowBytes, 0, <usize>(lastRow - firstRow) * rowBytes);
  }
  for (let row = first; row < end; row++) {
    let dy = job.dy + <usize>((image * job.outHeight + row) * job.outWidth) * pixelBytes;
    for (let column = 0; column < job.outWidth; column++) {
      for (let c = 0; c < job.channels; c += 4) {
        const at = start + ((<usize>c) << 2);
        giveToLargest(job, at, row, column, v128.load(dy + ((<usize>c) << 2)), job.channels - c);
      }
      dy += pixelBytes;
    }
  }
}

/** Gives the gradient of up to four channels of one window to its largest numbers. @param at their first pixel, in x and in dx. */
function giveToLargest(job: MaxPool, at: usize, row: i32, column: i32, gradient: v128, lanes: i32): void {
  const most = largest(job, job.x + at, row, column);
  const pixelBytes = (<usize>job.channels) << 2;
  const firstRow = row * job.strideHeight - job.top;
  const firstColumn = column * job.strideWidth - job.left;
  const lastRow = min(job.height, firstRow + job.windowHeight);
  const lastColumn = min(job.width, firstColumn + job.windowWidth);
  let left = gradient;
  for (let h = max(0, firstRow); h < lastRow; h++) {
    for (let w = max(0, firstColumn); w < lastColumn; w++) {
      const pixel = at + <usize>(h * job.width + w) * pixelBytes;
      const wins = f32x4.eq(v128.load(job.x + pixel), most);
      const given = v128.and(left, wins);
      left = v128.andnot(left, wins);
      const to = job.to + pixel;
      storeLanes(to, job.covers ? given : f32x4.add(v128.load(to), given), lanes);
    }
  }
}
