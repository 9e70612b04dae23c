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
  /** Whether, besides, windows are two by two. */
  halves: i32;
}

export function maxPool(job: MaxPool, item: i32): void {
  const image = item / job.bands;
  const band = item - image * job.bands;
  const end = ((band + 1) * job.outHeight) / job.bands;
  const x = job.x + ((<usize>(image * job.height * job.width * job.channels)) << 2);
  const pixelBytes = (<usize>job.channels) << 2;
  for (let row = (band * job.outHeight) / job.bands; row < end; row++) {
    let y = job.to + <usize>((image * job.outHeight + row) * job.outWidth) * pixelBytes;
    if (job.halves) {
      halveRow(job, x + <usize>(2 * row * job.width) * pixelBytes, y);
      continue;
    }
    for (let column = 0; column < job.outWidth; column++) {
      for (let c = 0; c < job.channels; c += 4) {
        const at = (<usize>c) << 2;
        storeLanes(y + at, largest(job, x + at, row, column), job.channels - c);
      }
      y += pixelBytes;
    }
  }
}

/** A row of y from two of x: the windows of nearly every network. */
function halveRow(job: MaxPool, x: usize, y: usize): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  for (let column = 0; column < job.outWidth; column++) {
    for (let c = 0; c < job.channels; c += 4) {
      const at = x + ((<usize>c) << 2);
      const upper = f32x4.pmax(v128.load(at), v128.load(at + pixelBytes));
      const lower = f32x4.pmax(v128.load(at + rowBytes), v128.load(at + rowBytes + pixelBytes));
      storeLanes(y + ((<usize>c) << 2), f32x4.pmax(upper, lower), job.channels - c);
    }
    x += 2 * pixelBytes;
    y += pixelBytes;
  }
}

/** Two rows of dx from one of dy. @param at the first number of the rows, in x and in dx. */
function doubleRow(job: MaxPool, at: usize, dy: usize): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  const x = job.x + at;
  const dx = job.to + at;
  for (let column = 0; column < job.outWidth; column++) {
    const pixel = <usize>(2 * column) * pixelBytes;
    for (let c = 0; c < job.channels; c += 4) {
      const first = pixel + ((<usize>c) << 2);
      const below = first + rowBytes;
      const x0 = v128.load(x + first);
      const x1 = v128.load(x + first + pixelBytes);
      const x2 = v128.load(x + below);
      const x3 = v128.load(x + below + pixelBytes);
      const most = f32x4.pmax(f32x4.pmax(x0, x1), f32x4.pmax(x2, x3));
      const gradient = v128.load(dy + ((<usize>c) << 2));
      const wins0 = f32x4.eq(x0, most);
      const wins1 = f32x4.eq(x1, most);
      const wins2 = f32x4.eq(x2, most);
      const left1 = v128.andnot(gradient, wins0);
      const left2 = v128.andnot(left1, wins1);
      const lanes = job.channels - c;
      storeLanes(dx + first, v128.and(gradient, wins0), lanes);
      storeLanes(dx + first + pixelBytes, v128.and(left1, wins1), lanes);
      storeLanes(dx + below, v128.and(left2, wins2), lanes);
      storeLanes(dx + below + pixelBytes, v128.andnot(left2, wins2), lanes);
    }
    dy += pixelBytes;
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
    if (job.halves) {
      doubleRow(job, start + <usize>(2 * row * job.width) * pixelBytes, dy);
      continue;
    }
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
