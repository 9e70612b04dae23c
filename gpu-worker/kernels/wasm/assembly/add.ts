/** The sum of two tensors of one shape, over flat memory: y = a + b. An item is a chunk of it. Bytes: 12 per number. */

@unmanaged
export class Add {
  a: usize;
  b: usize;
  y: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function add(job: Add, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let a = job.a + start,
    b = job.b + start,
    y = job.y + start;
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(y, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    store<f32>(y, load<f32>(a) + load<f32>(b));
    a += 4;
    b += 4;
    y += 4;
  }
}
