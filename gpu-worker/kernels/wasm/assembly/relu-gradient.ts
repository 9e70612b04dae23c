/**
 * The gradient of a rectifier from its result: dx = dy where 0 < y and y is below the rectifier's upper end, if it has one, else 0, over flat memory.
 * An item is a chunk of it. Bytes: 12 per number.
 */
import { storeLanes } from './lanes';

@unmanaged
export class ReluGradient {
  dy: usize;
  y: usize;
  dx: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
  /** The upper end; NaN, which nothing reaches, where there is none. */
  high: f32;
}

export function reluGradient(job: ReluGradient, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let dy = job.dy + start,
    y = job.y + start,
    dx = job.dx + start;
  const high = f32x4.splat(job.high);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(dx, passed(v128.load(dy), v128.load(y), high));
    dy += 16;
    y += 16;
    dx += 16;
  }
  if (left > 0) storeLanes(dx, passed(v128.load(dy), v128.load(y), high), left);
}

function passed(dy: v128, y: v128, high: v128): v128 {
  return v128.andnot(v128.and(dy, f32x4.gt(y, f32x4.splat(0))), f32x4.ge(y, high));
}
