/**
 * The gradient of a 3x3 convolution with stride 1 with respect to its filter, by the transpose of Winograd's F(2x2, 3x3) (winograd.ts):
 *
 *   dg = G^T [ sum over patches of (B^T d B) (A dy A^T) ] G      dy 2x2 -> 4x4, 16 products a patch and pair of channels instead of 36
 *   x [B, H, W, C], dy [B, OH, OW, N]  ->  parts [groups, 16, C, NP], to be added up and turned back (sumWinogradParts)
 *
 * NP is N rounded up to eight. An item is one row of the 4x4 for one group of rows of patches: a row of B^T d B needs two rows of a patch only, so the
 * four items of a group repeat nothing but the copying. A block of patches in the second-level cache becomes V [4, patches, C] and D [4, patches, NP], and
 * V^T D is added to the part, four by eight numbers at a time. The groups depend on the shapes alone, as in conv-filter-gradient.ts.
 * Limits: channels in and out multiples of four.
 */
import { fillBand } from './band';
import { addTile } from './conv-filter-gradient';
import { winogradInputRow } from './winograd-input';

@unmanaged
export class WinogradFilterGradient {
  x: usize;
  dy: usize;
  parts: usize;
  /** V, D and band of each thread, roomBytes apart. */
  room: usize;
  roomBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x and dy to the next, bytes. */
  xPixel: usize;
  dyPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  top: i32;
  left: i32;
  batch: i32;
  groups: i32;
  /** Patches of a block. */
  blockRows: i32;
  blockColumns: i32;
}

export function winogradFilterGradient(job: WinogradFilterGradient, item: i32, thread: i32): void {
  const group = item >> 2;
  const down = (job.outHeight + 1) >> 1;
  const across = (job.outWidth + 1) >> 1;
  const bytes = <usize>(4 * job.channels) * rowBytesOf(job.outChannels);
  const part = job.parts + <usize>item * bytes;
  memory.fill(part, 0, bytes);
  const all = job.batch * down;
  const end = <i32>((<i64>(group + 1) * all) / job.groups);
  let row = <i32>((<i64>group * all) / job.groups);
  while (row < end) {
    const image = row / down;
    const first = row - image * down;
    const rows = min(min(job.blockRows, end - row), down - first);
    row += rows;
    for (let column = 0; column < across; column += job.blockColumns) {
      addBlock(job, part, item & 3, image, first, rows, column, min(job.blockColumns, across - column), thread);
    }
  }
}

/** Adds a block of patches to row `i` of the 4x4. */
function addBlock(
  job: WinogradFilterGradient,
  part: usize,
  i: i32,
  image: i32,
  firstRow: i32,
  rows: i32,
  firstColumn: i32,
  columns: i32,
  thread: i32,
): void {
  const patches = rows * columns;
  const vRow = (<usize>job.channels) << 2;
  const dRow = rowBytesOf(job.outChannels);
  const vPlace = <usize>patches * vRow;
  const dPlace = <usize>patches * dRow;
  const v = job.room + <usize>thread * job.roomBytes;
  const d = v + 4 * vPlace;
  const band = d + 4 * dPlace;
  const bandColumns = 2 * columns + 2;
  const bandRow = <usize>bandColumns * vRow;
  const x = job.x + <usize>(image * job.height * job.width) * job.xPixel;
  const input = 2 * firstRow - job.top;
  const start = 2 * firstColumn - job.left;
  fillBand(band, 2 * rows + 2, bandColumns, x, job.height, job.width, job.channels, job.xPixel, input, start);
  const dyRow = <usize>job.outWidth * job.dyPixel;
  const dy = job.dy + <usize>(image * job.outHeight + 2 * firstRow) * dyRow + <usize>(2 * firstColumn) * job.dyPixel;
  for (let r = 0; r < rows; r++) {
    const at = <usize>(r * columns);
    winogradInputRow(v + at * vRow, vPlace, i, band + <usize>(2 * r) * bandRow, bandRow, vRow, columns);
    const hasBelow = 2 * (firstRow + r) + 1 < job.outHeight;
    for (let c = 0; c < columns; c++) {
      const from = dy + <usize>(2 * r) * dyRow + <usize>(2 * c) * job.dyPixel;
      const hasRight = 2 * (firstColumn + c) + 1 < job.outWidth;
      outputRow(job, d + (at + c) * dRow, dPlace, i, from, dyRow, hasBelow, hasRight);
    }
  }
  for (let j: usize = 0; j < 4; j++) {
    const to = part + j * <usize>job.channels * dRow;
    for (let n: usize = 0; n < dRow; n += 32) {
      for (let c: usize = 0; c < vRow; c += 16) {
        const sum = to + (c >> 2) * dRow + n;
        addTile(sum, dRow, v + j * vPlace + c, d + j * dPlace + n, 1, patches, 0, vRow, dRow);
      }
    }
  }
}

/** Row `i` of A dy A^T, all channels; A = [1 0; 1 1; 1 -1; 0 -1]. */
function outputRow(
  job: WinogradFilterGradient,
  d: usize,
  place: usize,
  i: i32,
  dy: usize,
  dyRow: usize,
  hasBelow: bool,
  hasRight: bool,
): void {
  const wanted = (<usize>job.outChannels) << 2;
  const above: f32 = i === 3 ? 0 : 1;
  const below: f32 = !hasBelow || i === 0 ? 0 : i === 1 ? 1 : -1;
  const right: f32 = hasRight ? 1 : 0;
  const a = f32x4.splat(above);
  const b = f32x4.splat(below);
  const e = f32x4.splat(right);
  // What lies outside of dy is read from inside and counts nothing.
  const next = hasRight ? job.dyPixel : 0;
  const under = hasBelow ? dyRow : 0;
  for (let n: usize = 0; n < wanted; n += 16) {
    const at = dy + n;
    const w0 = f32x4.add(f32x4.mul(v128.load(at), a), f32x4.mul(v128.load(at + under), b));
    const side = f32x4.add(f32x4.mul(v128.load(at + next), a), f32x4.mul(v128.load(at + next + under), b));
    const w1 = f32x4.mul(side, e);
    v128.store(d + n, w0);
    v128.store(d + n + place, f32x4.add(w0, w1));
    v128.store(d + n + 2 * place, f32x4.sub(w0, w1));
    v128.store(d + n + 3 * place, f32x4.neg(w1));
  }
}

/** Bytes of a row of channels, rounded up to eight. */
function rowBytesOf(outChannels: i32): usize {
  return (<usize>((outChannels + 7) >> 3)) << 5;
}

@unmanaged
export class SumWinogradParts {
  parts: usize;
  /** [3, 3, C, N] */
  sum: usize;
  groups: i32;
  channels: i32;
  outChannels: i32;
}

/** G^T S G of the sum S of all groups; one item is one input channel. */
export function sumWinogradParts(job: SumWinogradParts, item: i32): void {
  const rowBytes = rowBytesOf(job.outChannels);
  const place = <usize>job.channels * rowBytes;
  const tap = (<usize>(job.channels * job.outChannels)) << 2;
  const half = f32x4.splat(0.5);
  for (let n: usize = 0; n < (<usize>job.outChannels) << 2; n += 16) {
    const from = job.parts + <usize>item * rowBytes + n;
    const to = job.sum + <usize>((item * job.outChannels) << 2) + n;
    for (let j: usize = 0; j < 4; j++) {
      // A column of S becomes one of G^T S, and is added to what it means for the columns of dg.
      const s0 = total(job, from + j * place);
      const s1 = total(job, from + (j + 4) * place);
      const s2 = total(job, from + (j + 8) * place);
      const s3 = total(job, from + (j + 12) * place);
      const ends = f32x4.mul(f32x4.add(s1, s2), half);
      addColumn(to, tap, j, f32x4.add(s0, ends));
      addColumn(to + 3 * tap, tap, j, f32x4.mul(f32x4.sub(s1, s2), half));
      addColumn(to + 6 * tap, tap, j, f32x4.add(ends, s3));
    }
  }
}

/** Column j of G^T S, given to the columns of a row of dg. */
function addColumn(row: usize, tap: usize, j: usize, value: v128): void {
  const half = f32x4.mul(value, f32x4.splat(0.5));
  if (j === 0) {
    v128.store(row, value);
  } else if (j === 3) {
    v128.store(row + 2 * tap, f32x4.add(v128.load(row + 2 * tap), value));
  } else {
    v128.store(row, f32x4.add(v128.load(row), half));
    if (j === 1) {
      v128.store(row + tap, half);
      v128.store(row + 2 * tap, half);
    } else {
      v128.store(row + tap, f32x4.sub(v128.load(row + tap), half));
      v128.store(row + 2 * tap, f32x4.add(v128.load(row + 2 * tap), half));
    }
  }
}

/** Four numbers of the parts, added up over the groups. */
function total(job: SumWinogradParts, at: usize): v128 {
  const groupBytes = <usize>(16 * job.channels) * rowBytesOf(job.outChannels);
  let sum = v128.load(at);
  for (let g = 1; g < job.groups; g++) {
    at += groupBytes;
    sum = f32x4.add(sum, v128.load(at));
  }
  return sum;
}
