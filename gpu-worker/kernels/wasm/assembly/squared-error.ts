/**
 * The mean squared error of two tensors and its gradient.
 *
 *   output, target [...] of N numbers  ->  parts [items] = sum of (output - target)^2 over each item's numbers, in float64
 *   and with dy []                     ->  dx [...] = (output - target) * (factor dy)
 *
 * Both over flat memory. Squares are summed in float32 over a thousand numbers in eight lanes, and in float64 beyond, so that a million of them cost no
 * digits. Bytes: 8 per number, and 12.
 */

/** Numbers that are summed in float32. */
const BLOCK: i32 = 1024;

@unmanaged
export class SquaredErrorParts {
  output: usize;
  target: usize;
  parts: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
}

export function squaredErrorParts(job: SquaredErrorParts, item: i32): void {
  const end = min(job.size, (item + 1) * job.chunk);
  let total: f64 = 0;
  for (let from = item * job.chunk; from < end; from += BLOCK) {
    const at = (<usize>from) << 2;
    total += sumOfSquares(job.output + at, job.target + at, min(BLOCK, end - from));
  }
  store<f64>(job.parts + ((<usize>item) << 3), total);
}

function sumOfSquares(output: usize, target: usize, count: i32): f64 {
  let low = f32x4.splat(0),
    high = low;
  let left = count;
  for (; left >= 8; left -= 8) {
    const a = f32x4.sub(v128.load(output), v128.load(target));
    const b = f32x4.sub(v128.load(output, 16), v128.load(target, 16));
    low = f32x4.add(low, f32x4.mul(a, a));
    high = f32x4.add(high, f32x4.mul(b, b));
    output += 32;
    target += 32;
  }
  let tail: f64 = 0;
  for (; left > 0; left--) {
    const error = load<f32>(output) - load<f32>(target);
    tail += error * error;
    output += 4;
    target += 4;
  }
  return lanesOf(low) + lanesOf(high) + tail;
}

function lanesOf(sum: v128): f64 {
  const low = <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1);
  return low + (<f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3));
}

@unmanaged
export class SquaredErrorGradient {
  output: usize;
  target: usize;
  dy: usize;
  dx: usize;
  size: i32;
  /** Numbers of an item. */
  chunk: i32;
  factor: f32;
}

export function squaredErrorGradient(job: SquaredErrorGradient, item: i32): void {
  const from = item * job.chunk;
  const at = (<usize>from) << 2;
  let output = job.output + at,
    target = job.target + at,
    dx = job.dx + at;
  const factor = job.factor * load<f32>(job.dy);
  const factors = f32x4.splat(factor);
  let left = min(job.chunk, job.size - from);
  for (; left >= 4; left -= 4) {
    v128.store(dx, f32x4.mul(f32x4.sub(v128.load(output), v128.load(target)), factors));
    output += 16;
    target += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    store<f32>(dx, (load<f32>(output) - load<f32>(target)) * factor);
    output += 4;
    target += 4;
    dx += 4;
  }
}
