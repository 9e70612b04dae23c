/**
 * The gradient of a bias, and of the rectifier after it, in one pass.
 *
 *   dy [P, C]       ->  parts [items, period]: sums of dy
 *   dy, y [P, C]    ->  dz [P, C] = dy where y > 0, else 0; parts: sums of dz
 *
 * Numbers lie in rows of `period`, some whole pixels that make whole vectors, so any number of channels is taken four at a time; what is left of a
 * last row is added one by one. An item is a band of rows. It takes a block of them at a time, sixteen columns in four registers down the block, and adds
 * those to its part: no sum has many terms. Bytes: 4 per number, 12 with y.
 */

/** Numbers of a block, which lies in the first-level cache. */
const BLOCK: i32 = 4096;
const MOST_ROWS: i32 = 64;

@unmanaged
export class BiasGradient {
  dy: usize;
  /** What came out of the rectifier; 0 if there is none, and no dz then. */
  y: usize;
  dz: usize;
  parts: usize;
  size: i32;
  period: i32;
  bandRows: i32;
}

export function biasGradient(job: BiasGradient, item: i32): void {
  const rowBytes = (<usize>job.period) << 2;
  const part = job.parts + <usize>item * rowBytes;
  memory.fill(part, 0, rowBytes);
  const rows = job.size / job.period;
  const end = min(rows, (item + 1) * job.bandRows);
  const most = min(MOST_ROWS, max(8, BLOCK / job.period));
  for (let row = item * job.bandRows; row < end; row += most) {
    const count = min(most, end - row);
    const start = <usize>row * rowBytes;
    const dy = job.dy + start;
    // Without y, the addresses of y and dz are never used.
    const y = job.y === 0 ? 0 : job.y + start;
    const dz = job.dz + start;
    let c: usize = 0;
    for (; c + 64 <= rowBytes; c += 64) addSixteen(part + c, dy + c, y === 0 ? 0 : y + c, dz + c, rowBytes, count);
    for (; c < rowBytes; c += 16) addFour(part + c, dy + c, y === 0 ? 0 : y + c, dz + c, rowBytes, count);
  }
  if (end === rows) addRest(job, part, <usize>rows * rowBytes);
}

function addSixteen(part: usize, dy: usize, y: usize, dz: usize, rowBytes: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  let s0 = zero,
    s1 = zero,
    s2 = zero,
    s3 = zero;
  for (let row = 0; row < rows; row++) {
    let g0 = v128.load(dy),
      g1 = v128.load(dy, 16),
      g2 = v128.load(dy, 32),
      g3 = v128.load(dy, 48);
    if (y !== 0) {
      g0 = v128.and(g0, f32x4.gt(v128.load(y), zero));
      g1 = v128.and(g1, f32x4.gt(v128.load(y, 16), zero));
      g2 = v128.and(g2, f32x4.gt(v128.load(y, 32), zero));
      g3 = v128.and(g3, f32x4.gt(v128.load(y, 48), zero));
      v128.store(dz, g0);
      v128.store(dz, g1, 16);
      v128.store(dz, g2, 32);
      v128.store(dz, g3, 48);
      y += rowBytes;
      dz += rowBytes;
    }
    s0 = f32x4.add(s0, g0);
    s1 = f32x4.add(s1, g1);
    s2 = f32x4.add(s2, g2);
    s3 = f32x4.add(s3, g3);
    dy += rowBytes;
  }
  v128.store(part, f32x4.add(v128.load(part), s0));
  v128.store(part, f32x4.add(v128.load(part, 16), s1), 16);
  v128.store(part, f32x4.add(v128.load(part, 32), s2), 32);
  v128.store(part, f32x4.add(v128.load(part, 48), s3), 48);
}

function addFour(part: usize, dy: usize, y: usize, dz: usize, rowBytes: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  let sum = zero;
  for (let row = 0; row < rows; row++) {
    let g = v128.load(dy);
    if (y !== 0) {
      g = v128.and(g, f32x4.gt(v128.load(y), zero));
      v128.store(dz, g);
      y += rowBytes;
      dz += rowBytes;
    }
    sum = f32x4.add(sum, g);
    dy += rowBytes;
  }
  v128.store(part, f32x4.add(v128.load(part), sum));
}

/** The numbers after the last whole row, which begin `start` bytes into the tensors. */
function addRest(job: BiasGradient, part: usize, start: usize): void {
  const end = (<usize>job.size) << 2;
  for (let at = start; at < end; at += 4) {
    let g = load<f32>(job.dy + at);
    if (job.y !== 0) {
      if (!(load<f32>(job.y + at) > 0)) g = 0;
      store<f32>(job.dz + at, g);
    }
    store<f32>(part, load<f32>(part) + g);
    part += 4;
  }
}
