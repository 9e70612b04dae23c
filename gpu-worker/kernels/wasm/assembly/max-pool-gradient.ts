/**
 * The gradient of max pooling.
 *
 *   x [B, H, W, C], dy [B, OH, OW, C]  ->  dx [B, H, W, C]
 *   each dy goes to the largest x of its window; of equal ones to the first in reading order, as in TensorFlow
 *
 * No two items add to the same number: an item is a band of output rows, with the rows of dx up to the next band's windows; where the rows of windows
 * overlap, it is some channels of one image. Windows of 2x2, two apart, write their part of dx, all others add to zeros.
 * Bytes: 8 per x and 4 per dy.
 */
import { scatterPairs, scatterWindow } from './max-pool-windows';

@unmanaged
export class MaxPoolGradient {
  x: usize;
  dy: usize;
  dx: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Of all images. */
  outRows: i32;
  outHeight: i32;
  outWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  top: i32;
  left: i32;
  /** Output rows of an item: those of one image where windows overlap. */
  bandRows: i32;
  /** Channels of an item: all where windows do not overlap. */
  groupChannels: i32;
}

export function maxPoolGradient(job: MaxPoolGradient, item: i32): void {
  const groups = (job.channels + job.groupChannels - 1) / job.groupChannels;
  const first = (item / groups) * job.bandRows;
  const channel = (item % groups) * job.groupChannels;
  const channels = min(job.groupChannels, job.channels - channel);
  const end = min(job.outRows, first + job.bandRows);
  for (let row = first; row < end; row++) {
    const image = row / job.outHeight;
    const out = row - image * job.outHeight;
    scatterRow(job, image, out, reach(job, out - 1), reach(job, out), channel, channels);
  }
}

/** The first row of x behind the windows of output row `out`: up to it, dx is written or was cleared once they are done. */
function reach(job: MaxPoolGradient, out: i32): i32 {
  if (out < 0) return 0;
  if (out === job.outHeight - 1) return job.height;
  return max(0, min(job.height, out * job.strideHeight - job.top + job.kernelHeight));
}

/** @param clearFrom,clearEnd the rows of dx that are first touched here. */
function scatterRow(
  job: MaxPoolGradient,
  image: i32,
  out: i32,
  clearFrom: i32,
  clearEnd: i32,
  channel: i32,
  channels: i32,
): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  const start = <usize>(image * job.height) * rowBytes + ((<usize>channel) << 2);
  const x = job.x + start;
  const dx = job.dx + start;
  let dy = job.dy + <usize>((image * job.outHeight + out) * job.outWidth) * pixelBytes + ((<usize>channel) << 2);
  const top = out * job.strideHeight - job.top;
  const firstRow = max(0, top);
  const rows = min(job.height, top + job.kernelHeight) - firstRow;
  const window = <usize>firstRow * rowBytes;

  let column = 0;
  if (
    rows === 2 &&
    job.kernelHeight === 2 &&
    job.strideHeight === 2 &&
    job.kernelWidth === 2 &&
    job.strideWidth === 2 &&
    job.left === 0
  ) {
    column = min(job.outWidth, job.width >> 1);
    scatterPairs(x + window, dy, dx + window, rowBytes, column, job.channels);
    dy += <usize>column * pixelBytes;
    const written = <usize>(2 * column) * pixelBytes;
    memory.fill(dx + <usize>clearFrom * rowBytes, 0, <usize>(firstRow - clearFrom) * rowBytes);
    memory.fill(dx + window + written, 0, rowBytes - written);
    memory.fill(dx + window + rowBytes + written, 0, rowBytes - written);
    memory.fill(dx + window + 2 * rowBytes, 0, <usize>(clearEnd - firstRow - 2) * rowBytes);
  } else {
    clear(dx + <usize>clearFrom * rowBytes, (clearEnd - clearFrom) * job.width, pixelBytes, channels);
  }
  for (; column < job.outWidth; column++) {
    const left = column * job.strideWidth - job.left;
    const firstColumn = max(0, left);
    const columns = min(job.width, left + job.kernelWidth) - firstColumn;
    const at = window + <usize>firstColumn * pixelBytes;
    if (rows > 0 && columns > 0) scatterWindow(x + at, dy, dx + at, rows, columns, rowBytes, pixelBytes, channels);
    dy += pixelBytes;
  }
}

/** Writes zeros to some channels of pixels that lie together. */
function clear(to: usize, pixels: i32, pixelBytes: usize, channels: i32): void {
  const bytes = (<usize>channels) << 2;
  if (bytes === pixelBytes) {
    memory.fill(to, 0, <usize>pixels * bytes);
    return;
  }
  const zero = f32x4.splat(0);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(to + c, zero);
    for (; c < bytes; c += 4) store<f32>(to + c, 0);
    to += pixelBytes;
  }
}
