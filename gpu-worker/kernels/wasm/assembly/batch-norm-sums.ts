/**
 * What batch normalisation sums over the pixels of each channel, for its statistics and for its gradient.
 *
 *   x [P, C]                    ->  parts [groups, 2, CP]: mean, sum of squared deviations from it
 *   dy, x, y [P, C], mean [C]   ->  parts [groups, 2, CP]: sum dz, sum dz (x - mean);  dz = dy, where there is a y only where y > 0
 *
 * CP is C rounded up to four; what the lanes beyond the last channel hold is never used. An item is a group of pixels. It takes them in blocks that lie
 * in the first-level cache: deviations are from the block's own mean, so that a large mean costs no digits, and merged by the formula of Chan, Golub &
 * LeVeque (1979). The groups depend on the shapes alone, so the sums do not change with the number of threads. Bytes: 4 per number, 8, 12 with y.
 */

/** Numbers of a block: 16 KiB. */
const BLOCK: i32 = 4096;
/** Most numbers of a channel that are summed before they are added to the rest. */
const MOST_PIXELS: i32 = 128;

@unmanaged
export class BatchMoments {
  x: usize;
  parts: usize;
  pixels: i32;
  channels: i32;
  groups: i32;
}

export function batchMoments(job: BatchMoments, item: i32): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const sumBytes = paddedBytes(job.channels);
  const part = job.parts + 2 * <usize>item * sumBytes;
  memory.fill(part, 0, 2 * sumBytes);
  const first = groupStart(item, job.pixels, job.groups);
  const end = groupStart(item + 1, job.pixels, job.groups);
  const most = blockPixels(job.channels);
  for (let from = first; from < end; from += most) {
    const count = min(most, end - from);
    const x = job.x + <usize>from * pixelBytes;
    for (let c: usize = 0; c < sumBytes; c += 16) {
      mergeMoments(part + c, sumBytes, x + c, pixelBytes, count, from - first);
    }
  }
}

/** Merges four channels of a block into what is known of the `before` pixels before it. */
function mergeMoments(part: usize, m2Offset: usize, x: usize, pixelBytes: usize, count: i32, before: i32): void {
  let sum = f32x4.splat(0);
  let at = x;
  for (let pixel = 0; pixel < count; pixel++) {
    sum = f32x4.add(sum, v128.load(at));
    at += pixelBytes;
  }
  const perPixel = f32x4.splat(<f32>1 / <f32>count);
  let mean = f32x4.mul(sum, perPixel);
  let rest = f32x4.splat(0),
    m2 = rest;
  at = x;
  for (let pixel = 0; pixel < count; pixel++) {
    const deviation = f32x4.sub(v128.load(at), mean);
    rest = f32x4.add(rest, deviation);
    m2 = f32x4.add(m2, f32x4.mul(deviation, deviation));
    at += pixelBytes;
  }
  // What the mean's own rounding left.
  const missed = f32x4.mul(rest, perPixel);
  mean = f32x4.add(mean, missed);
  m2 = f32x4.sub(m2, f32x4.mul(rest, missed));

  const share = f32x4.splat(<f32>count / <f32>(before + count));
  const weight = f32x4.mul(share, f32x4.splat(<f32>before));
  const meanBefore = v128.load(part);
  const delta = f32x4.sub(mean, meanBefore);
  v128.store(part, f32x4.add(meanBefore, f32x4.mul(delta, share)));
  const apart = f32x4.mul(f32x4.mul(delta, delta), weight);
  v128.store(part + m2Offset, f32x4.add(v128.load(part + m2Offset), f32x4.add(m2, apart)));
}

@unmanaged
export class BatchGradientSums {
  dy: usize;
  x: usize;
  /** What came out of the rectifier, or 0 if there is none. */
  y: usize;
  mean: usize;
  parts: usize;
  pixels: i32;
  channels: i32;
  groups: i32;
}

export function batchGradientSums(job: BatchGradientSums, item: i32): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const sumBytes = paddedBytes(job.channels);
  const part = job.parts + 2 * <usize>item * sumBytes;
  memory.fill(part, 0, 2 * sumBytes);
  const end = groupStart(item + 1, job.pixels, job.groups);
  const most = blockPixels(job.channels);
  for (let from = groupStart(item, job.pixels, job.groups); from < end; from += most) {
    const count = min(most, end - from);
    const start = <usize>from * pixelBytes;
    for (let c: usize = 0; c < sumBytes; c += 16) {
      const y = job.y === 0 ? 0 : job.y + start + c;
      const to = part + c;
      addGradients(to, sumBytes, job.dy + start + c, job.x + start + c, y, v128.load(job.mean + c), pixelBytes, count);
    }
  }
}

function addGradients(
  part: usize,
  secondOffset: usize,
  dy: usize,
  x: usize,
  y: usize,
  mean: v128,
  pixelBytes: usize,
  count: i32,
): void {
  const zero = f32x4.splat(0);
  let sum = zero,
    weighted = zero;
  for (let pixel = 0; pixel < count; pixel++) {
    let dz = v128.load(dy);
    if (y !== 0) {
      dz = v128.and(dz, f32x4.gt(v128.load(y), zero));
      y += pixelBytes;
    }
    sum = f32x4.add(sum, dz);
    weighted = f32x4.add(weighted, f32x4.mul(dz, f32x4.sub(v128.load(x), mean)));
    dy += pixelBytes;
    x += pixelBytes;
  }
  v128.store(part, f32x4.add(v128.load(part), sum));
  v128.store(part + secondOffset, f32x4.add(v128.load(part + secondOffset), weighted));
}

function paddedBytes(channels: i32): usize {
  return (<usize>((channels + 3) >> 2)) << 4;
}

function blockPixels(channels: i32): i32 {
  return max(4, min(MOST_PIXELS, BLOCK / channels));
}

function groupStart(group: i32, pixels: i32, groups: i32): i32 {
  return <i32>((<i64>group * pixels) / groups);
}
