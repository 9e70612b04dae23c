/** The outputs of Winograd's F(4x4, 3x3) (winograd-points.ts): y = A^T m A of the 36 products of a patch, with bias and rectifier. */
import { storeLanes } from './lanes';
import { madd } from './madd';
import { P, Q } from './winograd-points';

/** Bytes of room for a patch's A^T m: four rows of six quads. */
export const OUTPUT_ROOM: usize = 4 * 96;

/**
 * One patch, up to four channels, as far as it lies in the image.
 * @param m its channels at place 0; `place` bytes on, those of the next. @param bias of the channels.
 * @param y its first pixel; rowBytes and pixelBytes from one to the next. @param rows,columns of it that lie in the image, at least 1.
 * @param least what is smaller becomes it. @param lanes how many channels there are.
 */
export function winogradOutput(
  m: usize,
  place: usize,
  bias: v128,
  y: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  least: v128,
  lanes: i32,
  room: usize,
): void {
  for (let j: usize = 0; j < 6; j++) {
    columnDown(m, 6 * place, room + 16 * j);
    m += place;
  }
  for (let i = 0; i < rows; i++) {
    rowAlong(room, bias, y, pixelBytes, columns, least, lanes);
    room += 96;
    y += rowBytes;
  }
}

/** A column of A^T m: four numbers, 96 bytes apart. */
function columnDown(m: usize, step: usize, to: usize): void {
  const m1 = v128.load(m + step);
  const m2 = v128.load(m + 2 * step);
  const m3 = v128.load(m + 3 * step);
  const m4 = v128.load(m + 4 * step);
  const near = f32x4.add(m1, m2);
  const far = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(v128.load(m), near), far));
  v128.store(to, madd(far, f32x4.splat(2), f32x4.mul(near, f32x4.splat(0.5))), 192);
  const nearOdd = f32x4.mul(f32x4.sub(m1, m2), f32x4.splat(P));
  const farOdd = f32x4.mul(f32x4.sub(m3, m4), f32x4.splat(Q));
  v128.store(to, f32x4.add(nearOdd, farOdd), 96);
  const odd = madd(nearOdd, f32x4.splat(0.5), v128.load(m + 5 * step));
  v128.store(to, madd(farOdd, f32x4.splat(2), odd), 288);
}

/** A row of A^T m, times A: up to four pixels. */
function rowAlong(t: usize, bias: v128, y: usize, pixelBytes: usize, columns: i32, least: v128, lanes: i32): void {
  const t1 = v128.load(t, 16);
  const t2 = v128.load(t, 32);
  const t3 = v128.load(t, 48);
  const t4 = v128.load(t, 64);
  const near = f32x4.add(t1, t2);
  const far = f32x4.add(t3, t4);
  storeLanes(y, f32x4.pmax(f32x4.add(f32x4.add(v128.load(t), bias), f32x4.add(near, far)), least), lanes);
  if (columns === 1) return;
  const nearOdd = f32x4.mul(f32x4.sub(t1, t2), f32x4.splat(P));
  const farOdd = f32x4.mul(f32x4.sub(t3, t4), f32x4.splat(Q));
  y += pixelBytes;
  storeLanes(y, f32x4.pmax(f32x4.add(f32x4.add(nearOdd, farOdd), bias), least), lanes);
  if (columns === 2) return;
  y += pixelBytes;
  const even = madd(near, f32x4.splat(0.5), bias);
  storeLanes(y, f32x4.pmax(madd(far, f32x4.splat(2), even), least), lanes);
  if (columns === 3) return;
  y += pixelBytes;
  const odd = madd(nearOdd, f32x4.splat(0.5), f32x4.add(v128.load(t, 80), bias));
  storeLanes(y, f32x4.pmax(madd(farOdd, f32x4.splat(2), odd), least), lanes);
}
