/**
 * The gradient of bilinear upsampling by an even factor f with half-pixel centres.
 *
 *   dy [B, fH, fW, C]  ->  dx [B, H, W, C]
 *   dx[i] = sum over t < 2f of (1 - |(t + 1/2) / f - 1|) dy[f i - f/2 + t]      (one axis; beyond an edge dy is mirrored)
 *
 * Each pixel of dx gathers the 2f x 2f pixels of dy that it went into, so no two items add to the same number; those of neighbours overlap by half and
 * come from the cache. An item is a band of rows of dx. Bytes: 4 (1 + f^2) per x; FLOPs: 8 f^2 per x.
 */
import { madd } from './madd';

@unmanaged
export class HalfPixelUpsamplingGradient {
  dy: usize;
  dx: usize;
  /** Of dx. */
  height: i32;
  width: i32;
  channels: i32;
  factor: i32;
  /** Rows of dx of all images. */
  rows: i32;
  bandRows: i32;
}

export function halfPixelUpsamplingGradient(job: HalfPixelUpsamplingGradient, item: i32): void {
  const factor = job.factor;
  const pixelBytes = (<usize>job.channels) << 2;
  const imageBytes = <usize>(factor * job.height) * <usize>(factor * job.width) * pixelBytes;
  const end = min(job.rows, (item + 1) * job.bandRows);
  for (let row = item * job.bandRows; row < end; row++) {
    const image = row / job.height;
    const dy = job.dy + <usize>image * imageBytes;
    const top = (row - image * job.height) * factor - (factor >> 1);
    let dx = job.dx + <usize>(row * job.width) * pixelBytes;
    for (let column = 0; column < job.width; column++) {
      const left = column * factor - (factor >> 1);
      if (factor === 2) gatherFour(job, dy, top, left, dx);
      else gather(job, dy, top, left, dx);
      dx += pixelBytes;
    }
  }
}

function mirrored(at: i32, length: i32): i32 {
  return at < 0 ? -1 - at : at >= length ? 2 * length - 1 - at : at;
}

/** For a factor of two: 4 x 4 pixels of dy with the shares 1/4, 3/4, 3/4, 1/4 along each axis. */
function gatherFour(job: HalfPixelUpsamplingGradient, dy: usize, top: i32, left: i32, dx: usize): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>(2 * job.width) * pixelBytes;
  let first = dy + <usize>mirrored(top, 2 * job.height) * rowBytes;
  let second = dy + <usize>(top + 1) * rowBytes;
  let last = dy + <usize>mirrored(top + 3, 2 * job.height) * rowBytes;
  const l0 = <usize>mirrored(left, 2 * job.width) * pixelBytes;
  const l1 = <usize>(left + 1) * pixelBytes;
  const l3 = <usize>mirrored(left + 3, 2 * job.width) * pixelBytes;
  let channels = job.channels;
  for (; channels >= 4; channels -= 4) {
    const outer = f32x4.add(alongFour(first, l0, l1, l3, pixelBytes), alongFour(last, l0, l1, l3, pixelBytes));
    const third = second + rowBytes;
    const inner = f32x4.add(alongFour(second, l0, l1, l3, pixelBytes), alongFour(third, l0, l1, l3, pixelBytes));
    v128.store(dx, madd(f32x4.splat(0.75), inner, f32x4.mul(f32x4.splat(0.25), outer)));
    first += 16;
    second += 16;
    last += 16;
    dx += 16;
  }
  for (; channels > 0; channels--) {
    const outer = alongOne(first, l0, l1, l3, pixelBytes) + alongOne(last, l0, l1, l3, pixelBytes);
    const third = second + rowBytes;
    const inner = alongOne(second, l0, l1, l3, pixelBytes) + alongOne(third, l0, l1, l3, pixelBytes);
    store<f32>(dx, <f32>0.75 * inner + <f32>0.25 * outer);
    first += 4;
    second += 4;
    last += 4;
    dx += 4;
  }
}

/** @param l0,l1,l3 where the first, second and fourth pixel of a row lie; the third is beside the second. */
function alongFour(row: usize, l0: usize, l1: usize, l3: usize, pixelBytes: usize): v128 {
  const outer = f32x4.add(v128.load(row + l0), v128.load(row + l3));
  const inner = f32x4.add(v128.load(row + l1), v128.load(row + l1 + pixelBytes));
  return madd(f32x4.splat(0.75), inner, f32x4.mul(f32x4.splat(0.25), outer));
}

function alongOne(row: usize, l0: usize, l1: usize, l3: usize, pixelBytes: usize): f32 {
  const outer = load<f32>(row + l0) + load<f32>(row + l3);
  const inner = load<f32>(row + l1) + load<f32>(row + l1 + pixelBytes);
  return <f32>0.75 * inner + <f32>0.25 * outer;
}

/** For any factor: adds one pixel of dy after another. */
function gather(job: HalfPixelUpsamplingGradient, dy: usize, top: i32, left: i32, dx: usize): void {
  const factor = job.factor;
  const pixelBytes = (<usize>job.channels) << 2;
  memory.fill(dx, 0, pixelBytes);
  for (let row = 0; row < 2 * factor; row++) {
    const start = mirrored(top + row, factor * job.height) * factor * job.width;
    for (let column = 0; column < 2 * factor; column++) {
      const from = dy + <usize>(start + mirrored(left + column, factor * job.width)) * pixelBytes;
      addScaled(dx, from, weight(row, factor) * weight(column, factor), job.channels);
    }
  }
}

function weight(t: i32, factor: i32): f32 {
  return 1 - abs<f32>((<f32>t + 0.5) / <f32>factor - 1);
}

function addScaled(to: usize, from: usize, scale: f32, channels: i32): void {
  const scales = f32x4.splat(scale);
  for (; channels >= 4; channels -= 4) {
    v128.store(to, madd(scales, v128.load(from), v128.load(to)));
    to += 16;
    from += 16;
  }
  for (; channels > 0; channels--) {
    store<f32>(to, load<f32>(to) + scale * load<f32>(from));
    to += 4;
    from += 4;
  }
}
