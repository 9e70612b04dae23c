/**
 * The gradient of a rectifier, and of the bias before it.
 *
 *   dy, y [P, N]  ->  dz [P, N] = dy where y > 0;  parts [groups, NP] = sums of dz over the pixels of each group
 *
 * Without a y there is no rectifier, and only the sums are made. NP is N rounded up to four; what the lanes beyond the last channel hold is never used.
 * An item is a group of pixels, taken in blocks that lie in the first-level cache: short sums that are added up, so that many pixels cost no digits.
 * The groups depend on the shapes alone. Bytes: 12 per number, 4 without y.
 */
import { padded, storeLanes } from './lanes';

/** Numbers of a block: 16 KiB. */
const BLOCK: i32 = 4096;
/** Most numbers of a channel that are summed before they are added to the rest. */
const MOST_PIXELS: i32 = 128;

@unmanaged
export class BiasActivationGradient {
  dy: usize;
  /** What came out of the rectifier, or 0 if there is none. */
  y: usize;
  dz: usize;
  parts: usize;
  pixels: i32;
  channels: i32;
  groups: i32;
}

export function biasActivationGradient(job: BiasActivationGradient, item: i32): void {
  const channels = job.channels;
  const pixelBytes = (<usize>channels) << 2;
  const partBytes = (<usize>padded(channels)) << 2;
  const part = job.parts + <usize>item * partBytes;
  memory.fill(part, 0, partBytes);
  const end = <i32>((<i64>(item + 1) * job.pixels) / job.groups);
  const most = max(4, min(MOST_PIXELS, BLOCK / channels));
  for (let from = <i32>((<i64>item * job.pixels) / job.groups); from < end; from += most) {
    const count = min(most, end - from);
    const start = <usize>from * pixelBytes;
    for (let c = 0; c < channels; c += 4) {
      const at = start + ((<usize>c) << 2);
      const sum =
        job.y === 0
          ? sumOf(job.dy + at, pixelBytes, count)
          : pass(job.dy + at, job.y + at, job.dz + at, pixelBytes, count, min(4, channels - c));
      const to = part + ((<usize>c) << 2);
      v128.store(to, f32x4.add(v128.load(to), sum));
    }
  }
}

function sumOf(dy: usize, pixelBytes: usize, count: i32): v128 {
  let sum = f32x4.splat(0);
  for (let pixel = 0; pixel < count; pixel++) {
    sum = f32x4.add(sum, v128.load(dy));
    dy += pixelBytes;
  }
  return sum;
}

/** Writes dz of up to four channels. @returns their sums. */
function pass(dy: usize, y: usize, dz: usize, pixelBytes: usize, count: i32, lanes: i32): v128 {
  const zero = f32x4.splat(0);
  let sum = zero;
  for (let pixel = 0; pixel < count; pixel++) {
    const value = v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero));
    storeLanes(dz, value, lanes);
    sum = f32x4.add(sum, value);
    dy += pixelBytes;
    y += pixelBytes;
    dz += pixelBytes;
  }
  return sum;
}

@unmanaged
export class RectifierGradient {
  dy: usize;
  y: usize;
  dx: usize;
  size: i32;
  /** Numbers of an item, a multiple of four. */
  chunk: i32;
}

/** dx = dy where y > 0, over flat memory. */
export function rectifierGradient(job: RectifierGradient, item: i32): void {
  const from = item * job.chunk;
  const end = min(job.size, from + job.chunk);
  const zero = f32x4.splat(0);
  for (let i = from; i < end; i += 4) {
    const at = (<usize>i) << 2;
    const value = v128.and(v128.load(job.dy + at), f32x4.gt(v128.load(job.y + at), zero));
    storeLanes(job.dx + at, value, end - i);
  }
}
