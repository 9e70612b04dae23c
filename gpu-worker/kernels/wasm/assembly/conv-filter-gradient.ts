/**
 * The gradient of a convolution with respect to its filter.
 *
 *   x [B, H, W, C], dy [B, OH, OW, N]  ->  parts [groups, KH, KC, NP], to be added up (sum-parts)
 *   dW[i, k, n] = sum over pixels of  x[pixel's window, row i, number k] * dy[pixel, n]
 *
 * k counts the numbers of a window's row, KW*C; KC is that count rounded up to four, NP is N rounded up to eight. An item is one row i of the filter for
 * one group of output rows. It copies the rows of x that row i meets into a band, as many as the cache holds, and walks over their pixels with four k by
 * eight n in eight registers; x is read four numbers together, dy eight, both where they lie. What the lanes beyond the last k and n hold is never used.
 * The groups depend on the shapes alone, so the sums do not change with the number of threads.
 */
import { fillBand } from './band';
import { madd } from './madd';

@unmanaged
export class ConvFilterGradient {
  x: usize;
  dy: usize;
  parts: usize;
  /** A band for each thread, bandBytes apart. */
  band: usize;
  bandBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x and dy to the next, bytes. */
  xPixel: usize;
  dyPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  top: i32;
  left: i32;
  batch: i32;
  groups: i32;
  /** Most output rows in a band. */
  bandRows: i32;
}

export function convFilterGradient(job: ConvFilterGradient, item: i32, thread: i32): void {
  const group = item / job.kernelHeight;
  const i = item - group * job.kernelHeight;
  const run = job.kernelWidth * job.channels;
  const pixelBytes = (<usize>job.channels) << 2;
  const columns = (job.outWidth - 1) * job.strideWidth + job.kernelWidth;
  const band = job.band + <usize>thread * job.bandBytes;
  const partBytes = <usize>(((run + 3) >> 2) << 2) * partRowBytes(job.outChannels);
  const part = job.parts + <usize>item * partBytes;
  memory.fill(part, 0, partBytes);

  const all = job.batch * job.outHeight;
  const end = <i32>((<i64>(group + 1) * all) / job.groups);
  let row = <i32>((<i64>group * all) / job.groups);
  while (row < end) {
    // Rows of one image whose window's row i lies inside it.
    const image = row / job.outHeight;
    const from = row - image * job.outHeight;
    const rows = min(min(job.bandRows, end - row), job.outHeight - from);
    row += rows;
    const x = job.x + <usize>(image * job.height * job.width) * job.xPixel;
    for (let r = 0; r < rows; r++) {
      const input = (from + r) * job.strideHeight + i - job.top;
      const to = band + <usize>(r * columns) * pixelBytes;
      fillBand(to, 1, columns, job.channels, x, job.height, job.width, job.channels, job.xPixel, input, -job.left);
    }
    const dy = job.dy + <usize>((image * job.outHeight + from) * job.outWidth) * job.dyPixel;
    addRows(job, part, band, dy, rows, run, <usize>columns * pixelBytes, <usize>job.strideWidth * pixelBytes);
  }
}

/** Adds what some rows of pixels give to all of a part. */
function addRows(
  job: ConvFilterGradient,
  part: usize,
  band: usize,
  dy: usize,
  rows: i32,
  run: i32,
  xRow: usize,
  xStep: usize,
): void {
  const width = job.outWidth;
  const rowBytes = partRowBytes(job.outChannels);
  for (let n: usize = 0; n < rowBytes; n += 32) {
    for (let k = 0; k < run; k += 4) {
      addTile(
        part + <usize>k * rowBytes + n,
        rowBytes,
        band + ((<usize>k) << 2),
        dy + n,
        rows,
        width,
        xRow,
        xStep,
        job.dyPixel,
      );
    }
  }
}

/**
 * Adds x^T dy of some rows of pixels to four by eight numbers.
 * @param partRow,xRow,xStep,dyStep bytes from one row of the part, row of x, pixel of x and pixel of dy to the next.
 */
export function addTile(
  part: usize,
  partRow: usize,
  xs: usize,
  dys: usize,
  rows: i32,
  width: i32,
  xRow: usize,
  xStep: usize,
  dyStep: usize,
): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  for (let r = 0; r < rows; r++) {
    let x = xs;
    for (let pixel = 0; pixel < width; pixel++) {
      const b0 = v128.load(dys);
      const b1 = v128.load(dys, 16);
      let a = v128.load32_splat(x);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load32_splat(x, 4);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load32_splat(x, 8);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load32_splat(x, 12);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      x += xStep;
      dys += dyStep;
    }
    xs += xRow;
  }
  addTo(part, c00, c01);
  addTo(part + partRow, c10, c11);
  addTo(part + 2 * partRow, c20, c21);
  addTo(part + 3 * partRow, c30, c31);
}

function addTo(sum: usize, low: v128, high: v128): void {
  v128.store(sum, f32x4.add(v128.load(sum), low));
  v128.store(sum, f32x4.add(v128.load(sum, 16), high), 16);
}

/** Bytes of a row of a part: its channels, rounded up to eight. */
export function partRowBytes(outChannels: i32): usize {
  return (<usize>((outChannels + 7) >> 3)) << 5;
}

@unmanaged
export class SumFilterParts {
  parts: usize;
  /** [KH, KW * C, N] */
  sum: usize;
  /** From one N of the sum to the next, bytes: more than that where they are a group of them. */
  sumRow: usize;
  groups: i32;
  kernelHeight: i32;
  /** KW * C */
  run: i32;
  outChannels: i32;
}

/** Adds up the parts of all groups; one item is a row of the filter. */
export function sumFilterParts(job: SumFilterParts, item: i32): void {
  const rowBytes = partRowBytes(job.outChannels);
  const partBytes = <usize>(((job.run + 3) >> 2) << 2) * rowBytes;
  const groupBytes = <usize>job.kernelHeight * partBytes;
  const quads = job.outChannels & ~3;
  for (let k = 0; k < job.run; k++) {
    let to = job.sum + <usize>(item * job.run + k) * job.sumRow;
    const from = job.parts + <usize>item * partBytes + <usize>k * rowBytes;
    for (let n = 0; n < quads; n += 4) {
      let at = from + ((<usize>n) << 2);
      let sum = v128.load(at);
      for (let g = 1; g < job.groups; g++) {
        at += groupBytes;
        sum = f32x4.add(sum, v128.load(at));
      }
      v128.store(to, sum);
      to += 16;
    }
    for (let n = quads; n < job.outChannels; n++) {
      let at = from + ((<usize>n) << 2);
      let sum = load<f32>(at);
      for (let g = 1; g < job.groups; g++) {
        at += groupBytes;
        sum += load<f32>(at);
      }
      store<f32>(to, sum);
      to += 4;
    }
  }
}
