/**
 * Copies rows of an image into a band with zeros around them, so that the kernels after it know no edges.
 *
 *   x [H, W, pixels of C floats that lie `pixelBytes` apart]  ->  band [rows, columns, CP], CP at least C
 *
 * Rows and columns are counted from (row, column) of the image, which may be negative or beyond it: zeros there, and in the channels beyond the last. The
 * last pixel is read to the end of its last quad: up to 12 bytes beyond a tensor, where the heap always goes on.
 */
import { keepLanes } from './lanes';

/** @param row,column of the image, where the band begins. @param pixelBytes from one pixel of x to the next. @param bandChannels CP: C, or C rounded up to four. */
export function fillBand(
  band: usize,
  rows: i32,
  columns: i32,
  bandChannels: i32,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  pixelBytes: usize,
  row: i32,
  column: i32,
): void {
  const bandPixel = (<usize>bandChannels) << 2;
  const before = min(max(-column, 0), columns);
  const inside = max(min(width - column, columns) - before, 0);
  const after = columns - before - inside;
  for (let r = 0; r < rows; r++) {
    const y = row + r;
    if (y < 0 || y >= height || inside === 0) {
      memory.fill(band, 0, <usize>columns * bandPixel);
      band += <usize>columns * bandPixel;
      continue;
    }
    memory.fill(band, 0, <usize>before * bandPixel);
    band += <usize>before * bandPixel;
    copyPixels(band, bandPixel, x + <usize>(y * width + column + before) * pixelBytes, pixelBytes, channels, inside);
    band += <usize>inside * bandPixel;
    memory.fill(band, 0, <usize>after * bandPixel);
    band += <usize>after * bandPixel;
  }
}

function copyPixels(to: usize, toPixel: usize, from: usize, fromPixel: usize, channels: i32, pixels: i32): void {
  const bytes = (<usize>channels) << 2;
  if (fromPixel === bytes && toPixel === bytes) {
    memory.copy(to, from, <usize>pixels * bytes);
    return;
  }
  if (toPixel & 15) {
    // No room for whole quads.
    for (let pixel = 0; pixel < pixels; pixel++) {
      memory.copy(to, from, bytes);
      to += toPixel;
      from += fromPixel;
    }
    return;
  }
  const last = toPixel - 16;
  const lanes = channels - (<i32>last >> 2);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c: usize = 0; c < last; c += 16) v128.store(to + c, v128.load(from + c));
    v128.store(to + last, keepLanes(v128.load(from + last), lanes));
    to += toPixel;
    from += fromPixel;
  }
}
