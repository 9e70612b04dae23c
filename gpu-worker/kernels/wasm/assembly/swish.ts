/**
 * Swish and its gradient, over flat memory.
 *
 *   y = x s;  dx = dy s (1 + x (1 - s)),  s = 1 / (1 + e^-x), 1 - s = e^-x s
 *
 * An item is a chunk. Neither s nor 1 - s is a small difference of large numbers, whatever x is; x is all that the gradient needs. Bytes: 8 per number,
 * and 12; time goes into the exponential.
 */

import { expOfNegative } from './exponential';
import { storeLanes } from './lanes';
import { madd } from './madd';

@unmanaged
export class Swish {
  /** 0 on the way forwards. */
  dy: usize;
  x: usize;
  /** Or dx, where there is a dy. */
  y: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function swish(job: Swish, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let dy = job.dy === 0 ? 0 : job.dy + start,
    x = job.x + start,
    y = job.y + start;
  const one = f32x4.splat(1);
  for (let left = min(job.chunk, job.size - from); left > 0; left -= 4) {
    const value = v128.load(x);
    const e = expOfNegative(value);
    const s = f32x4.div(one, f32x4.add(one, e));
    let factor = value;
    if (dy !== 0) {
      factor = f32x4.mul(v128.load(dy), madd(value, f32x4.mul(e, s), one));
      dy += 16;
    }
    storeLanes(y, f32x4.mul(factor, s), left);
    x += 16;
    y += 16;
  }
}
