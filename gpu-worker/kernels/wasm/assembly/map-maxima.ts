/**
 * The highest number of each channel in a band of rows, with the first row and the first column that hold it.
 *
 *   maps [B, H, W, C]  ->  parts [B * bands, 3, CP]: maximum, row, column
 *
 * CP is C rounded up to four; what the lanes beyond the last channel hold is never used. A row's maxima are found first, four or sixteen channels at a time: a load and a
 * comparison each. Its columns are looked through only where they can matter: where the row exceeds all before it, or equals them and may hold an earlier column.
 * NaN exceeds nothing. An item is a band of one image.
 */
import { padded } from './lanes';

@unmanaged
export class MapMaxima {
  maps: usize;
  parts: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Bands of an image. */
  bands: i32;
  bandRows: i32;
}

export function mapMaxima(job: MapMaxima, item: i32): void {
  const fieldBytes = (<usize>padded(job.channels)) << 2;
  const part = job.parts + <usize>(3 * item) * fieldBytes;
  memory.fill(part, 0, 3 * fieldBytes);
  for (let c: usize = 0; c < fieldBytes; c += 16) v128.store(part + c, f32x4.splat(-Infinity));
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  const image = item / job.bands;
  const first = (item - image * job.bands) * job.bandRows;
  const end = min(job.height, first + job.bandRows);
  for (let row = first; row < end; row++) {
    const x = job.maps + <usize>(image * job.height + row) * rowBytes;
    let c: usize = 0;
    for (; c + 64 <= pixelBytes; c += 64) maximaOfSixteen(x + c, part + c, fieldBytes, pixelBytes, job.width, row);
    for (; c < pixelBytes; c += 16) {
      const lanes = min(4, <i32>((pixelBytes - c) >> 2));
      maximaOfFour(x + c, part + c, fieldBytes, pixelBytes, job.width, row, lanes);
    }
  }
}

/** @param x the row's first pixel. @param part where the maxima of these channels lie. */
function maximaOfSixteen(x: usize, part: usize, fieldBytes: usize, pixelBytes: usize, width: i32, row: i32): void {
  let m0 = f32x4.splat(-Infinity),
    m1 = m0,
    m2 = m0,
    m3 = m0;
  let at = x;
  for (let column = 0; column < width; column++) {
    m0 = f32x4.pmax(m0, v128.load(at));
    m1 = f32x4.pmax(m1, v128.load(at, 16));
    m2 = f32x4.pmax(m2, v128.load(at, 32));
    m3 = f32x4.pmax(m3, v128.load(at, 48));
    at += pixelBytes;
  }
  enter(m0, x, part, fieldBytes, pixelBytes, width, row, 4);
  enter(m1, x + 16, part + 16, fieldBytes, pixelBytes, width, row, 4);
  enter(m2, x + 32, part + 32, fieldBytes, pixelBytes, width, row, 4);
  enter(m3, x + 48, part + 48, fieldBytes, pixelBytes, width, row, 4);
}

/** @param lanes channels that are left: four at most. */
function maximaOfFour(
  x: usize,
  part: usize,
  fieldBytes: usize,
  pixelBytes: usize,
  width: i32,
  row: i32,
  lanes: i32,
): void {
  let m0 = f32x4.splat(-Infinity),
    m1 = m0,
    m2 = m0,
    m3 = m0;
  let at = x;
  let left = width;
  for (; left >= 4; left -= 4) {
    m0 = f32x4.pmax(m0, v128.load(at));
    m1 = f32x4.pmax(m1, v128.load(at + pixelBytes));
    m2 = f32x4.pmax(m2, v128.load(at + 2 * pixelBytes));
    m3 = f32x4.pmax(m3, v128.load(at + 3 * pixelBytes));
    at += 4 * pixelBytes;
  }
  for (; left > 0; left--) {
    m0 = f32x4.pmax(m0, v128.load(at));
    at += pixelBytes;
  }
  enter(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)), x, part, fieldBytes, pixelBytes, width, row, lanes);
}

/** Takes a row's maxima of four channels into the band's. */
function enter(
  maxima: v128,
  x: usize,
  part: usize,
  fieldBytes: usize,
  pixelBytes: usize,
  width: i32,
  row: i32,
  lanes: i32,
): void {
  if (!v128.any_true(f32x4.ge(maxima, v128.load(part)))) return;
  // A lane is told by its number only where it is a constant.
  enterOne(f32x4.extract_lane(maxima, 0), x, part, fieldBytes, pixelBytes, width, row);
  if (lanes > 1) enterOne(f32x4.extract_lane(maxima, 1), x + 4, part + 4, fieldBytes, pixelBytes, width, row);
  if (lanes > 2) enterOne(f32x4.extract_lane(maxima, 2), x + 8, part + 8, fieldBytes, pixelBytes, width, row);
  if (lanes > 3) enterOne(f32x4.extract_lane(maxima, 3), x + 12, part + 12, fieldBytes, pixelBytes, width, row);
}

function enterOne(
  maximum: f32,
  x: usize,
  part: usize,
  fieldBytes: usize,
  pixelBytes: usize,
  width: i32,
  row: i32,
): void {
  const best = load<f32>(part);
  if (!(maximum >= best)) return;
  const columns = part + 2 * fieldBytes;
  const isHigher = maximum > best;
  const end = isHigher ? width : load<i32>(columns);
  if (isHigher) {
    store<f32>(part, maximum);
    store<i32>(part + fieldBytes, row);
  }
  for (let column = 0; column < end; column++) {
    if (load<f32>(x + <usize>column * pixelBytes) === maximum) {
      store<i32>(columns, column);
      return;
    }
  }
}
