/**
 * A 3x3 convolution with stride 1 by Winograd's minimal filtering F(2x2, 3x3): y = A^T [U * (B^T d B)] A, bias and rectifier with it.
 *
 *   A^T = [1 1 1 0; 0 1 -1 -1];  U of the weights: winograd-filter.ts;  B^T d B of the image: winograd-input.ts
 *
 * The 2x2 outputs of a patch take 16 products a pair of channels instead of 36, so the arithmetic is 2.25 times less; what is left is 16 matrix products,
 * one for each place of the 4x4, of patches x channels. An item is a block of patches of one image that fits the second-level cache:
 *   band    the block's pixels with zeros around the image        [rows, columns, C]
 *   V       [16, patches, C]
 *   M       [16, patches, 8], for one panel of eight output channels after another
 * The transforms only add, and weights are halved twice: the error stays that of the direct sum, about 1e-7 of the largest number.
 * Limits: channels in and out multiples of four.
 */
import { fillBand } from './band';
import { madd } from './madd';
import { winogradPanelBytes } from './winograd-filter';
import { winogradInputRow } from './winograd-input';

@unmanaged
export class Winograd {
  x: usize;
  panels: usize;
  y: usize;
  /** Band, V and M of each thread, roomBytes apart. */
  room: usize;
  roomBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x to the next, bytes. */
  xPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  /** From one image, row and pixel of y to the next, bytes. */
  yImage: usize;
  yRow: usize;
  yPixel: usize;
  /** Zeros before the image. */
  top: i32;
  left: i32;
  /** Patches of a block, and blocks of an image. */
  blockRows: i32;
  blockColumns: i32;
  blocksDown: i32;
  blocksAcross: i32;
  /** Into how many items the panels of a block are divided. */
  shares: i32;
  rectify: i32;
}

export function winograd(job: Winograd, item: i32, thread: i32): void {
  const share = item % job.shares;
  const block = item / job.shares;
  const image = block / (job.blocksDown * job.blocksAcross);
  const firstRow = ((block / job.blocksAcross) % job.blocksDown) * job.blockRows;
  const firstColumn = (block % job.blocksAcross) * job.blockColumns;
  const rows = min(job.blockRows, ((job.outHeight + 1) >> 1) - firstRow);
  const columns = min(job.blockColumns, ((job.outWidth + 1) >> 1) - firstColumn);
  const patches = (rows * columns + 3) & ~3;

  const x = job.x + <usize>(image * job.height * job.width) * job.xPixel;
  const v = job.room + <usize>thread * job.roomBytes;
  const pixelBytes = (<usize>job.channels) << 2;
  const place = <usize>patches * pixelBytes;
  const m = v + 16 * place;
  const band = m + <usize>patches * 512;
  const bandColumns = 2 * columns + 2;
  const rowBytes = <usize>bandColumns * pixelBytes;
  const input = 2 * firstRow - job.top;
  const start = 2 * firstColumn - job.left;
  fillBand(band, 2 * rows + 2, bandColumns, x, job.height, job.width, job.channels, job.xPixel, input, start);
  for (let r = 0; r < rows; r++) {
    const pixels = band + <usize>(2 * r) * rowBytes;
    const to = v + <usize>(r * columns) * pixelBytes;
    for (let i: usize = 0; i < 4; i++) {
      winogradInputRow(to + 4 * i * place, place, <i32>i, pixels, rowBytes, pixelBytes, columns);
    }
  }

  const panelCount = (job.outChannels + 7) >> 3;
  const lastPanel = ((share + 1) * panelCount) / job.shares;
  const panelBytes = winogradPanelBytes(job.channels);
  const y =
    job.y + <usize>image * job.yImage + <usize>(2 * firstRow) * job.yRow + <usize>(2 * firstColumn) * job.yPixel;
  for (let p = (share * panelCount) / job.shares; p < lastPanel; p++) {
    const panel = job.panels + <usize>p * panelBytes;
    for (let at: usize = 0; at < 16; at++) {
      const weights = panel + 32 + at * ((<usize>job.channels) << 5);
      multiply(m + at * ((<usize>patches) << 5), v + at * place, weights, patches, job.channels);
    }
    const rowsLeft = job.outHeight - 2 * firstRow;
    const columnsLeft = job.outWidth - 2 * firstColumn;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const from = m + ((<usize>(r * columns + c)) << 5);
        const to = y + ((<usize>p) << 5) + <usize>(2 * r) * job.yRow + <usize>(2 * c) * job.yPixel;
        const wanted = min(8, job.outChannels - (p << 3));
        storePatch(job, to, from, (<usize>patches) << 5, panel, wanted, 2 * r + 1 < rowsLeft, 2 * c + 1 < columnsLeft);
      }
    }
  }
}

/** m [patches, 8] = v [patches, channels] x weights [channels, 8]; patches are a multiple of four. */
function multiply(m: usize, v: usize, weights: usize, patches: i32, channels: i32): void {
  const row = (<usize>channels) << 2;
  for (let t = 0; t < patches; t += 4) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let a0 = v;
    let a1 = v + row;
    let a2 = a1 + row;
    let a3 = a2 + row;
    let b = weights;
    const end = a1;
    while (a0 < end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let a = v128.load32_splat(a0);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load32_splat(a1);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load32_splat(a2);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load32_splat(a3);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      b += 32;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    v128.store(m, c00);
    v128.store(m, c01, 16);
    v128.store(m, c10, 32);
    v128.store(m, c11, 48);
    v128.store(m, c20, 64);
    v128.store(m, c21, 80);
    v128.store(m, c30, 96);
    v128.store(m, c31, 112);
    m += 128;
    v += row << 2;
  }
}

/** A^T m A of one patch, eight channels: its two by two outputs, as far as they lie in the image. */
function storePatch(
  job: Winograd,
  y: usize,
  m: usize,
  place: usize,
  bias: usize,
  wanted: i32,
  hasBelow: bool,
  hasRight: bool,
): void {
  const floor = f32x4.splat(job.rectify ? 0 : -Infinity);
  const right = job.yPixel;
  for (let half: usize = 0; half < (<usize>wanted) << 2; half += 16) {
    const at = m + half;
    const b = v128.load(bias + half);
    const above = y + half;
    const u1 = upper(at + place, place);
    const u2 = upper(at + 2 * place, place);
    const u0 = f32x4.add(upper(at, place), b);
    v128.store(above, f32x4.pmax(f32x4.add(f32x4.add(u0, u1), u2), floor));
    if (hasRight) {
      const u3 = f32x4.sub(upper(at + 3 * place, place), b);
      v128.store(above + right, f32x4.pmax(f32x4.sub(f32x4.sub(u1, u2), u3), floor));
    }
    if (!hasBelow) continue;
    const below = above + job.yRow;
    const l1 = lower(at + place, place);
    const l2 = lower(at + 2 * place, place);
    const l0 = f32x4.add(lower(at, place), b);
    v128.store(below, f32x4.pmax(f32x4.add(f32x4.add(l0, l1), l2), floor));
    if (hasRight) {
      const l3 = f32x4.sub(lower(at + 3 * place, place), b);
      v128.store(below + right, f32x4.pmax(f32x4.sub(f32x4.sub(l1, l2), l3), floor));
    }
  }
}

/** The first row of A^T m, one column of it. */
function upper(m: usize, place: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(m), v128.load(m + 4 * place)), v128.load(m + 8 * place));
}

/** The second. */
function lower(m: usize, place: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(m + 4 * place), v128.load(m + 8 * place)), v128.load(m + 12 * place));
}
