/**
 * Bilinear upsampling by an even factor f with half-pixel centres, and its gradient.
 *
 *   x [B, H, W, C]     ->  y [B, fH, fW, C]    y[o] = (1 - s) x[q - 1] + s x[q];  q = (o + f/2) div f, s = ((o + f/2) mod f + 1/2) / f, edges repeated
 *   dy [B, fH, fW, C]  ->  dx [B, H, W, C]     dx[i] = sum over t < 2f of (1 - |(t + 1/2) / f - 1|) dy[f i - f/2 + t], mirrored beyond an edge
 *
 * Both axes are alike: down first, over whole rows, whose numbers lie together, into a row of each thread's own, then along it. An item is a band of rows of the
 * result. Bytes: 4 (1 + 1 / f^2) per y and 4 (1 + f^2) per dx, if a row fits the cache.
 */
import { storeLanes } from './lanes';
import { madd } from './madd';

@unmanaged
export class Upsampling {
  from: usize;
  to: usize;
  /** A row of the source for each thread, rowBytes apart and 16 bytes longer. */
  room: usize;
  rowBytes: usize;
  batch: i32;
  /** Of x. */
  height: i32;
  width: i32;
  channels: i32;
  factor: i32;
  items: i32;
}

export function halfPixelUpsampling(job: Upsampling, item: i32, thread: i32): void {
  const factor = job.factor;
  const outHeight = factor * job.height;
  const rows = job.batch * outHeight;
  const numbers = job.width * job.channels;
  const row = job.room + <usize>thread * job.rowBytes;
  const end = <i32>((<i64>(item + 1) * rows) / job.items);
  for (let r = <i32>((<i64>item * rows) / job.items); r < end; r++) {
    const image = r / outHeight;
    const o = r - image * outHeight + (factor >> 1);
    const x = job.from + ((<usize>(image * job.height * numbers)) << 2);
    const above = x + ((<usize>(max(o / factor - 1, 0) * numbers)) << 2);
    const below = x + ((<usize>(min(o / factor, job.height - 1) * numbers)) << 2);
    const share = f32x4.splat((<f32>(o % factor) + 0.5) / <f32>factor);
    for (let i = 0; i < numbers; i += 4) {
      const at = (<usize>i) << 2;
      const upper = v128.load(above + at);
      v128.store(row + at, madd(f32x4.sub(v128.load(below + at), upper), share, upper));
    }
    spreadAlong(job, row, job.to + ((<usize>(r * factor * numbers)) << 2));
  }
}

/** A row of y from a row that is upsampled downwards. */
function spreadAlong(job: Upsampling, row: usize, y: usize): void {
  const channels = job.channels;
  const factor = job.factor;
  const pixelBytes = (<usize>channels) << 2;
  const outWidth = factor * job.width;
  for (let w = 0; w < outWidth; w++) {
    const o = w + (factor >> 1);
    const left = row + <usize>max(o / factor - 1, 0) * pixelBytes;
    const right = row + <usize>min(o / factor, job.width - 1) * pixelBytes;
    const share = f32x4.splat((<f32>(o % factor) + 0.5) / <f32>factor);
    for (let c = 0; c < channels; c += 4) {
      const at = (<usize>c) << 2;
      const nearer = v128.load(left + at);
      storeLanes(y + at, madd(f32x4.sub(v128.load(right + at), nearer), share, nearer), channels - c);
    }
    y += pixelBytes;
  }
}

export function halfPixelUpsamplingGradient(job: Upsampling, item: i32, thread: i32): void {
  const factor = job.factor;
  const dyHeight = factor * job.height;
  const numbers = factor * job.width * job.channels;
  const rows = job.batch * job.height;
  const row = job.room + <usize>thread * job.rowBytes;
  const end = <i32>((<i64>(item + 1) * rows) / job.items);
  for (let r = <i32>((<i64>item * rows) / job.items); r < end; r++) {
    const image = r / job.height;
    const dy = job.from + ((<usize>(image * dyHeight * numbers)) << 2);
    const first = factor * (r - image * job.height) - (factor >> 1);
    for (let t = 0; t < 2 * factor; t++) {
      const from = dy + ((<usize>(mirrored(first + t, dyHeight) * numbers)) << 2);
      const weight = f32x4.splat(weightOf(t, factor));
      for (let i = 0; i < numbers; i += 4) {
        const at = (<usize>i) << 2;
        const sum = t === 0 ? f32x4.splat(0) : v128.load(row + at);
        v128.store(row + at, madd(v128.load(from + at), weight, sum));
      }
    }
    gatherAlong(job, row, job.to + ((<usize>(r * job.width * job.channels)) << 2));
  }
}

/** A row of dx from a row of dy that is summed downwards. */
function gatherAlong(job: Upsampling, row: usize, dx: usize): void {
  const channels = job.channels;
  const factor = job.factor;
  const pixelBytes = (<usize>channels) << 2;
  for (let w = 0; w < job.width; w++) {
    const first = factor * w - (factor >> 1);
    for (let c = 0; c < channels; c += 4) {
      const at = (<usize>c) << 2;
      let sum = f32x4.splat(0);
      for (let t = 0; t < 2 * factor; t++) {
        const from = row + <usize>mirrored(first + t, factor * job.width) * pixelBytes;
        sum = madd(v128.load(from + at), f32x4.splat(weightOf(t, factor)), sum);
      }
      storeLanes(dx + at, sum, channels - c);
    }
    dx += pixelBytes;
  }
}

function weightOf(t: i32, factor: i32): f32 {
  return <f32>1 - abs<f32>((<f32>t + 0.5) / <f32>factor - 1);
}

function mirrored(at: i32, length: i32): i32 {
  return at < 0 ? -1 - at : at >= length ? 2 * length - 1 - at : at;
}

/** Nearest upsampling by f: each pixel of x repeated f times down and along. */
export function nearestUpsampling(job: Upsampling, item: i32): void {
  const factor = job.factor;
  const outHeight = factor * job.height;
  const pixelBytes = (<usize>job.channels) << 2;
  const rows = job.batch * outHeight;
  const end = <i32>((<i64>(item + 1) * rows) / job.items);
  for (let r = <i32>((<i64>item * rows) / job.items); r < end; r++) {
    let x = job.from + <usize>((r / factor) * job.width) * pixelBytes;
    let y = job.to + <usize>(r * factor * job.width) * pixelBytes;
    for (let w = 0; w < job.width; w++) {
      for (let copy = 0; copy < factor; copy++) {
        for (let c = 0; c < job.channels; c += 4) {
          const at = (<usize>c) << 2;
          storeLanes(y + at, v128.load(x + at), job.channels - c);
        }
        y += pixelBytes;
      }
      x += pixelBytes;
    }
  }
}

/** Its gradient: the sum over the copies of each pixel. */
export function nearestUpsamplingGradient(job: Upsampling, item: i32): void {
  const factor = job.factor;
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>(factor * job.width) * pixelBytes;
  const rows = job.batch * job.height;
  const end = <i32>((<i64>(item + 1) * rows) / job.items);
  for (let r = <i32>((<i64>item * rows) / job.items); r < end; r++) {
    let dx = job.to + <usize>(r * job.width) * pixelBytes;
    let dy = job.from + <usize>(r * factor) * rowBytes;
    for (let w = 0; w < job.width; w++) {
      for (let c = 0; c < job.channels; c += 4) {
        const at = (<usize>c) << 2;
        let sum = f32x4.splat(0);
        for (let i = 0; i < factor; i++) {
          for (let j = 0; j < factor; j++) {
            sum = f32x4.add(sum, v128.load(dy + <usize>i * rowBytes + <usize>j * pixelBytes + at));
          }
        }
        storeLanes(dx + at, sum, job.channels - c);
      }
      dx += pixelBytes;
      dy += <usize>factor * pixelBytes;
    }
  }
}
