/**
 * The two passes of batch normalisation that write a tensor of the input's size: its value, and the gradient of its input.
 *
 *   y  = max(low, (x - mean) scale + shift)
 *   dx = dz factor - ((x - mean) slope + offset);  dz = dy, where there is a y only where y > 0
 *
 * All over flat memory: the channels' coefficients are repeated until they fill whole vectors (../channel-coefficients.ts), so any number of
 * channels is taken four numbers at a time. Bytes: 8 per number, and 12, 16 with y.
 */

@unmanaged
export class BatchNormalize {
  x: usize;
  y: usize;
  /** mean, scale, shift: [period] each. */
  coefficients: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
  period: i32;
  low: f32;
}

export function batchNormalize(job: BatchNormalize, item: i32): void {
  const from = item * job.chunk;
  let x = job.x + ((<usize>from) << 2),
    y = job.y + ((<usize>from) << 2);
  const means = job.coefficients;
  const stride = (<usize>job.period) << 2;
  let at = (<usize>(from % job.period)) << 2;
  const low = f32x4.splat(job.low);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    const to = means + at;
    const scaled = f32x4.mul(f32x4.sub(v128.load(x), v128.load(to)), v128.load(to + stride));
    v128.store(y, f32x4.pmax(f32x4.add(scaled, v128.load(to + 2 * stride)), low));
    x += 16;
    y += 16;
    at += 16;
    if (at === stride) at = 0;
  }
  for (; left > 0; left--) {
    const to = means + at;
    const value = (load<f32>(x) - load<f32>(to)) * load<f32>(to + stride) + load<f32>(to + 2 * stride);
    store<f32>(y, value < job.low ? job.low : value);
    x += 4;
    y += 4;
    at += 4;
  }
}

@unmanaged
export class BatchInputGradient {
  dy: usize;
  x: usize;
  /** What came out of the rectifier, or 0 if there is none. */
  y: usize;
  dx: usize;
  /** mean, factor, slope, offset: [period] each. */
  coefficients: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
  period: i32;
}

export function batchInputGradient(job: BatchInputGradient, item: i32): void {
  const from = item * job.chunk;
  const start = (<usize>from) << 2;
  let dy = job.dy + start,
    x = job.x + start,
    y = job.y === 0 ? 0 : job.y + start,
    dx = job.dx + start;
  const stride = (<usize>job.period) << 2;
  let at = (<usize>(from % job.period)) << 2;
  const zero = f32x4.splat(0);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    const to = job.coefficients + at;
    let dz = v128.load(dy);
    if (y !== 0) {
      dz = v128.and(dz, f32x4.gt(v128.load(y), zero));
      y += 16;
    }
    const slope = f32x4.mul(f32x4.sub(v128.load(x), v128.load(to)), v128.load(to + 2 * stride));
    const through = f32x4.add(slope, v128.load(to + 3 * stride));
    v128.store(dx, f32x4.sub(f32x4.mul(dz, v128.load(to + stride)), through));
    dy += 16;
    x += 16;
    dx += 16;
    at += 16;
    if (at === stride) at = 0;
  }
  for (; left > 0; left--) {
    const to = job.coefficients + at;
    let dz = load<f32>(dy);
    if (y !== 0) {
      if (!(load<f32>(y) > 0)) dz = 0;
      y += 4;
    }
    const through = (load<f32>(x) - load<f32>(to)) * load<f32>(to + 2 * stride) + load<f32>(to + 3 * stride);
    store<f32>(dx, dz * load<f32>(to + stride) - through);
    dy += 4;
    x += 4;
    dx += 4;
    at += 4;
  }
}
