/**
 * The gradient of a depthwise convolution with respect to its filter.
 *
 *   x [B, H, W, C], dy [B, OH, OW, N], N = C*Q  ->  parts [groups, KH, KP, NP], to be added up (conv-filter-gradient.ts, sumFilterParts)
 *   dW[i, j, n] = sum over pixels of  x[pixel's window, row i, column j, n / Q] * dy[pixel, n]
 *
 * KP is KW rounded up to four, NP is N rounded up to eight. An item is a group of output rows. It copies the rows of x that they meet into a band, with each
 * channel Q times, and walks over short stretches of a row, which the first-level cache holds, with three columns of the filter by four channels
 * in registers. What the lanes beyond the last n hold is never used. The groups depend on the shapes alone, so the sums do not change with the
 * number of threads.
 */

import { fillRepeated } from './channel-multiplier';
import { partRowBytes } from './conv-filter-gradient';
import { madd } from './madd';

/** Pixels of a stretch. */
const STRETCH: i32 = 32;

@unmanaged
export class DepthwiseFilterGradient {
  x: usize;
  dy: usize;
  parts: usize;
  /** A band for each thread, bandBytes apart. */
  band: usize;
  bandBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  multiplier: i32;
  outHeight: i32;
  outWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  top: i32;
  left: i32;
  batch: i32;
  groups: i32;
  /** Most output rows in a band. */
  bandRows: i32;
}

export function depthwiseFilterGradient(job: DepthwiseFilterGradient, item: i32, thread: i32): void {
  const channels = job.channels;
  const pixelBytes = (<usize>(channels * job.multiplier)) << 2;
  const columns = (job.outWidth - 1) * job.strideWidth + (job.kernelWidth - 1) * job.dilationWidth + 1;
  const rowBytes = <usize>columns * pixelBytes;
  const band = job.band + <usize>thread * job.bandBytes;
  const partBytes = <usize>(job.kernelHeight * tapsOfRow(job.kernelWidth)) * partRowBytes(channels * job.multiplier);
  const part = job.parts + <usize>item * partBytes;
  memory.fill(part, 0, partBytes);

  const all = job.batch * job.outHeight;
  const end = <i32>((<i64>(item + 1) * all) / job.groups);
  let row = <i32>((<i64>item * all) / job.groups);
  while (row < end) {
    // Rows of one image.
    const image = row / job.outHeight;
    const first = row - image * job.outHeight;
    const rows = min(min(job.bandRows, end - row), job.outHeight - first);
    row += rows;
    const x = job.x + ((<usize>(image * job.height * job.width * channels)) << 2);
    const inputRows = (rows - 1) * job.strideHeight + (job.kernelHeight - 1) * job.dilationHeight + 1;
    const input = first * job.strideHeight - job.top;
    fillRepeated(band, inputRows, columns, x, job.height, job.width, channels, job.multiplier, input, -job.left);
    for (let r = 0; r < rows; r++) {
      const dy = job.dy + <usize>((image * job.outHeight + first + r) * job.outWidth) * pixelBytes;
      addRow(job, part, band + <usize>(r * job.strideHeight) * rowBytes, rowBytes, dy, pixelBytes);
    }
  }
}

/** Adds what one row of pixels gives to all of a part. */
function addRow(job: DepthwiseFilterGradient, part: usize, x: usize, xRow: usize, dy: usize, pixelBytes: usize): void {
  const tapBytes = partRowBytes(job.channels * job.multiplier);
  const taps = tapsOfRow(job.kernelWidth);
  const xStep = <usize>job.strideWidth * pixelBytes;
  const tapStep = <usize>job.dilationWidth * pixelBytes;
  for (let from = 0; from < job.outWidth; from += STRETCH) {
    const count = min(STRETCH, job.outWidth - from);
    const xs = x + <usize>from * xStep;
    const dys = dy + <usize>from * pixelBytes;
    for (let n: usize = 0; n < pixelBytes; n += 16) {
      for (let i = 0; i < job.kernelHeight; i++) {
        const row = xs + <usize>(i * job.dilationHeight) * xRow + n;
        for (let j = 0; j < job.kernelWidth; j += 3) {
          addTaps(
            part + <usize>(i * taps + j) * tapBytes + n,
            tapBytes,
            min(3, job.kernelWidth - j),
            row + <usize>j * tapStep,
            tapStep,
            xStep,
            dys + n,
            pixelBytes,
            count,
          );
        }
      }
    }
  }
}

/** @param taps how many of three there are. */
function addTaps(
  part: usize,
  tapBytes: usize,
  taps: i32,
  x0: usize,
  tapStep: usize,
  xStep: usize,
  dy: usize,
  dyStep: usize,
  count: i32,
): void {
  let sum0 = f32x4.splat(0),
    sum1 = sum0,
    sum2 = sum0;
  let x1 = x0 + tapStep,
    x2 = x1 + tapStep;
  for (let pixel = 0; pixel < count; pixel++) {
    const gradient = v128.load(dy);
    sum0 = madd(v128.load(x0), gradient, sum0);
    sum1 = madd(v128.load(x1), gradient, sum1);
    sum2 = madd(v128.load(x2), gradient, sum2);
    dy += dyStep;
    x0 += xStep;
    x1 += xStep;
    x2 += xStep;
  }
  v128.store(part, f32x4.add(v128.load(part), sum0));
  part += tapBytes;
  if (taps > 1) v128.store(part, f32x4.add(v128.load(part), sum1));
  part += tapBytes;
  if (taps > 2) v128.store(part, f32x4.add(v128.load(part), sum2));
}

function tapsOfRow(kernelWidth: i32): i32 {
  return (kernelWidth + 3) & ~3;
}
