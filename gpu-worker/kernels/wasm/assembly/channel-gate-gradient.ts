/**
 * Both gradients of channels that are multiplied by a gate, in one pass.
 *
 *   dy, x [B, P, C], gate [B, C]  ->  dx [B, P, C] = dy gate;  parts [items, CP]: sums of dy x
 *
 * CP is C rounded up to four; what the lanes beyond the last channel hold is never used. An item is a band of pixels of one image. It takes a block of them at a
 * time, sixteen channels in four registers down the block, and adds those to its part: no sum has many terms. Bytes: 12 per number.
 */
import { padded, storeLanes } from './lanes';
import { madd } from './madd';

/** Numbers of a block: with those of x, dy and dx it lies in the first-level cache. */
const BLOCK: i32 = 2048;
const MOST_PIXELS: i32 = 64;

@unmanaged
export class ChannelGateGradient {
  dy: usize;
  x: usize;
  gate: usize;
  dx: usize;
  parts: usize;
  /** Of an image. */
  pixels: i32;
  channels: i32;
  /** Bands of an image. */
  bands: i32;
  /** Pixels of a band. */
  bandPixels: i32;
}

export function channelGateGradient(job: ChannelGateGradient, item: i32): void {
  const image = item / job.bands;
  const first = (item % job.bands) * job.bandPixels;
  const end = min(job.pixels, first + job.bandPixels);
  const pixelBytes = (<usize>job.channels) << 2;
  const sumBytes = (<usize>padded(job.channels)) << 2;
  const part = job.parts + <usize>item * sumBytes;
  memory.fill(part, 0, sumBytes);
  const gate = job.gate + <usize>image * pixelBytes;
  const most = min(MOST_PIXELS, max(4, BLOCK / job.channels));
  for (let from = first; from < end; from += most) {
    const count = min(most, end - from);
    const start = <usize>(image * job.pixels + from) * pixelBytes;
    const dy = job.dy + start,
      x = job.x + start,
      dx = job.dx + start;
    let c: usize = 0;
    for (; c + 64 <= pixelBytes; c += 64) gateSixteen(dy + c, x + c, gate + c, dx + c, part + c, pixelBytes, count);
    for (; c < pixelBytes; c += 16) {
      const lanes = <i32>((pixelBytes - c) >> 2);
      gateFour(dy + c, x + c, gate + c, dx + c, part + c, pixelBytes, count, lanes);
    }
  }
}

function gateSixteen(dy: usize, x: usize, gate: usize, dx: usize, part: usize, pixelBytes: usize, pixels: i32): void {
  const gate0 = v128.load(gate),
    gate1 = v128.load(gate, 16),
    gate2 = v128.load(gate, 32),
    gate3 = v128.load(gate, 48);
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const g0 = v128.load(dy),
      g1 = v128.load(dy, 16),
      g2 = v128.load(dy, 32),
      g3 = v128.load(dy, 48);
    v128.store(dx, f32x4.mul(g0, gate0));
    v128.store(dx, f32x4.mul(g1, gate1), 16);
    v128.store(dx, f32x4.mul(g2, gate2), 32);
    v128.store(dx, f32x4.mul(g3, gate3), 48);
    s0 = madd(g0, v128.load(x), s0);
    s1 = madd(g1, v128.load(x, 16), s1);
    s2 = madd(g2, v128.load(x, 32), s2);
    s3 = madd(g3, v128.load(x, 48), s3);
    dy += pixelBytes;
    x += pixelBytes;
    dx += pixelBytes;
  }
  v128.store(part, f32x4.add(v128.load(part), s0));
  v128.store(part, f32x4.add(v128.load(part, 16), s1), 16);
  v128.store(part, f32x4.add(v128.load(part, 32), s2), 32);
  v128.store(part, f32x4.add(v128.load(part, 48), s3), 48);
}

/** @param lanes channels that are left: four at most are taken. */
function gateFour(
  dy: usize,
  x: usize,
  gate: usize,
  dx: usize,
  part: usize,
  pixelBytes: usize,
  pixels: i32,
  lanes: i32,
): void {
  const factor = v128.load(gate);
  let sum = f32x4.splat(0);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const g = v128.load(dy);
    storeLanes(dx, f32x4.mul(g, factor), lanes);
    sum = madd(g, v128.load(x), sum);
    dy += pixelBytes;
    x += pixelBytes;
    dx += pixelBytes;
  }
  v128.store(part, f32x4.add(v128.load(part), sum));
}
