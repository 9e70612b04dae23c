/**
 * From 8-bit levels to float32 in [0, 1], mixed of four where a frame is scaled, with zeros at the right and the bottom.
 *
 *   levels [B, H, W, C]  ->  y [B, h, w, C]
 *   (1 - t) ((1 - s) a + s b) + t ((1 - s) c + s d), over 255: a and b of the near row, c and d of the far one
 *
 * Tables say which numbers of a row and which rows are mixed, and the shares (../fit-levels.ts). An item is a band of rows of y. Without scaling sixteen levels become sixteen
 * numbers at once; with it four numbers are made of sixteen levels, gathered byte by byte into one vector. FLOPs: 10 per number.
 */
import { storeLanes } from './lanes';
import { madd } from './madd';

@unmanaged
export class FitLevels {
  levels: usize;
  y: usize;
  /** Tables near, far (i32) and share (f32), each of whole quads: of a scaled row's numbers, and of the scaled rows. */
  columns: usize;
  rows: usize;
  inHeight: i32;
  /** Levels of a row. */
  inRow: i32;
  scaledHeight: i32;
  /** Numbers of a scaled row, before the zeros. */
  scaledRow: i32;
  /** With the zeros. */
  height: i32;
  /** Numbers of a row with its zeros. */
  outRow: i32;
  /** Of all frames. */
  outRows: i32;
  bandRows: i32;
  isScaled: i32;
}

export function fitLevels(job: FitLevels, item: i32): void {
  const outBytes = (<usize>job.outRow) << 2;
  const scaledBytes = (<usize>job.scaledRow) << 2;
  const end = min(job.outRows, (item + 1) * job.bandRows);
  for (let outRow = item * job.bandRows; outRow < end; outRow++) {
    const frame = outRow / job.height;
    const row = outRow - frame * job.height;
    const y = job.y + <usize>outRow * outBytes;
    if (row >= job.scaledHeight) {
      memory.fill(y, 0, outBytes);
      continue;
    }
    const levels = job.levels + <usize>(frame * job.inHeight) * <usize>job.inRow;
    if (job.isScaled !== 0) mixRow(job, levels, row, y);
    else spreadRow(levels + <usize>row * <usize>job.inRow, y, job.scaledRow);
    memory.fill(y + scaledBytes, 0, outBytes - scaledBytes);
  }
}

/** Divides by 255. */
function spreadRow(levels: usize, y: usize, count: i32): void {
  const most = f32x4.splat(255);
  let left = count;
  for (; left >= 16; left -= 16) {
    const bytes = v128.load(levels);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(y, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), most));
    v128.store(y, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), most), 16);
    v128.store(y, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), most), 32);
    v128.store(y, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), most), 48);
    levels += 16;
    y += 64;
  }
  for (; left > 0; left--) {
    store<f32>(y, <f32>load<u8>(levels) / 255);
    levels++;
    y += 4;
  }
}

/** @param levels the frame's first. */
function mixRow(job: FitLevels, levels: usize, row: i32, y: usize): void {
  const rowsBytes = (<usize>((job.scaledHeight + 3) & ~3)) << 2;
  const place = job.rows + ((<usize>row) << 2);
  const upper = levels + <usize>load<i32>(place) * <usize>job.inRow;
  const lower = levels + <usize>load<i32>(place + rowsBytes) * <usize>job.inRow;
  const down = f32x4.splat(load<f32>(place + 2 * rowsBytes));
  const unit = f32x4.splat(<f32>(1.0 / 255.0));
  const tableBytes = (<usize>((job.scaledRow + 3) & ~3)) << 2;
  let near = job.columns;
  for (let left = job.scaledRow; left > 0; left -= 4) {
    const far = near + tableBytes;
    const along = v128.load(far + tableBytes);
    const above = mixFour(upper, near, far, along);
    const below = mixFour(lower, near, far, along);
    storeLanes(y, f32x4.mul(madd(down, f32x4.sub(below, above), above), unit), left);
    near += 16;
    y += 16;
  }
}

/** Four numbers, each of two levels of a row. @param near,far where the tables say which. */
function mixFour(row: usize, near: usize, far: usize, share: v128): v128 {
  let bytes = i32x4.splat(0);
  bytes = v128.load8_lane(row + load<u32>(near), bytes, 0);
  bytes = v128.load8_lane(row + load<u32>(near, 4), bytes, 1);
  bytes = v128.load8_lane(row + load<u32>(near, 8), bytes, 2);
  bytes = v128.load8_lane(row + load<u32>(near, 12), bytes, 3);
  bytes = v128.load8_lane(row + load<u32>(far), bytes, 4);
  bytes = v128.load8_lane(row + load<u32>(far, 4), bytes, 5);
  bytes = v128.load8_lane(row + load<u32>(far, 8), bytes, 6);
  bytes = v128.load8_lane(row + load<u32>(far, 12), bytes, 7);
  const both = i16x8.extend_low_i8x16_u(bytes);
  const before = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(both));
  const after = f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(both));
  return madd(share, f32x4.sub(after, before), before);
}
