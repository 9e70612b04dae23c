/**
 * Swish and its gradient, over flat memory.
 *
 *   y = x s;  dx = dy s (1 + x (1 - s)),  s = 1 / (1 + e^-x), 1 - s = e^-x s
 *
 * An item is a chunk. Neither s nor 1 - s is a small difference of large numbers, whatever x is; x is all that the gradient needs. Bytes: 8 per number, and 12.
 */
import { storeLanes } from './lanes';
import { madd } from './madd';
import { expOfNegative, sigmoidOf } from './sigmoid';

@unmanaged
export class Swish {
  x: usize;
  y: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function swish(job: Swish, item: i32): void {
  const from = item * job.chunk;
  let x = job.x + ((<usize>from) << 2),
    y = job.y + ((<usize>from) << 2);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(y, swishOf(v128.load(x)));
    x += 16;
    y += 16;
  }
  if (left > 0) storeLanes(y, swishOf(v128.load(x)), left);
}

function swishOf(x: v128): v128 {
  return f32x4.mul(x, sigmoidOf(expOfNegative(x)));
}

@unmanaged
export class SwishGradient {
  dy: usize;
  x: usize;
  dx: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function swishGradient(job: SwishGradient, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let dy = job.dy + start,
    x = job.x + start,
    dx = job.dx + start;
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(dx, f32x4.mul(v128.load(dy), slopeOf(v128.load(x))));
    dy += 16;
    x += 16;
    dx += 16;
  }
  if (left > 0) storeLanes(dx, f32x4.mul(v128.load(dy), slopeOf(v128.load(x))), left);
}

function slopeOf(x: v128): v128 {
  const e = expOfNegative(x);
  const s = sigmoidOf(e);
  return f32x4.mul(s, madd(x, f32x4.mul(e, s), f32x4.splat(1)));
}
