/** The gradient of a rectifier from its result: dx = dy where y > 0, else 0, over flat memory. An item is a chunk of it. Bytes: 12 per number. */

@unmanaged
export class ReluGradient {
  dy: usize;
  y: usize;
  dx: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function reluGradient(job: ReluGradient, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let dy = job.dy + start,
    y = job.y + start,
    dx = job.dx + start;
  const zero = f32x4.splat(0);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
    dy += 16;
    y += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    store<f32>(dx, load<f32>(y) > 0 ? load<f32>(dy) : 0);
    dy += 4;
    y += 4;
    dx += 4;
  }
}
