/**
 * The bands of map-maxima.ts merged into the rough peak of each channel, and that one refined; what is asked for, and what becomes of odd numbers: ../../global-peaks.ts.
 *
 *   maps [B, H, W, C], parts [B * bands, 3, CP]  ->  peaks [B, C, 3]: x, y, score
 *
 * An item is an image. Some dozens of numbers a channel: one at a time, sums in 64 bits.
 */
import { padded } from './lanes';

@unmanaged
export class GlobalPeaks {
  maps: usize;
  parts: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Bands of an image. */
  bands: i32;
  peaks: usize;
  /** Whether a quarter of a pixel is added. */
  isLocal: i32;
  /** Half of the patch whose centre of mass is taken; 0: none. */
  reach: i32;
  threshold: f32;
}

export function globalPeaks(job: GlobalPeaks, item: i32): void {
  const maps = job.maps + ((<usize>item * <usize>(job.height * job.width * job.channels)) << 2);
  let peak = job.peaks + ((<usize>(item * job.channels) * 3) << 2);
  for (let c = 0; c < job.channels; c++) {
    peakOf(job, item, c, maps + ((<usize>c) << 2), peak);
    peak += 12;
  }
}

/** @param map the channel's first number. @param peak where x, y and score go. */
function peakOf(job: GlobalPeaks, image: i32, c: i32, map: usize, peak: usize): void {
  const fieldBytes = (<usize>padded(job.channels)) << 2;
  let part = job.parts + <usize>(3 * image * job.bands) * fieldBytes + ((<usize>c) << 2);
  let best = <f32>-Infinity;
  let row = 0;
  let column = 0;
  for (let band = 0; band < job.bands; band++) {
    const maximum = load<f32>(part);
    const bandRow = load<i32>(part + fieldBytes);
    const bandColumn = load<i32>(part + 2 * fieldBytes);
    if (maximum > best) {
      best = maximum;
      row = bandRow;
      column = bandColumn;
    } else if (maximum === best) {
      row = min(row, bandRow);
      column = min(column, bandColumn);
    }
    part += 3 * fieldBytes;
  }
  const score = at(job, map, row, column);
  store<f32>(peak, NaN);
  store<f32>(peak, NaN, 4);
  store<f32>(peak, score, 8);
  if (!(score >= job.threshold)) return;
  store<f32>(peak, <f32>column);
  store<f32>(peak, <f32>row, 4);
  if (job.isLocal !== 0) {
    store<f32>(peak, <f32>column + quarter(at(job, map, row, column - 1), at(job, map, row, column + 1)));
    store<f32>(peak, <f32>row + quarter(at(job, map, row - 1, column), at(job, map, row + 1, column)), 4);
  } else if (job.reach > 0) {
    centreOfMass(job, map, row, column, peak);
  }
}

/** 0 outside of the map. */
function at(job: GlobalPeaks, map: usize, row: i32, column: i32): f32 {
  if (row < 0 || column < 0 || row >= job.height || column >= job.width) return 0;
  return load<f32>(map + ((<usize>((row * job.width + column) * job.channels)) << 2));
}

function quarter(before: f32, after: f32): f32 {
  return after > before ? 0.25 : after < before ? -0.25 : 0;
}

/** Writes x and y where the centre lies within the patch. */
function centreOfMass(job: GlobalPeaks, map: usize, row: i32, column: i32, peak: usize): void {
  const reach = job.reach;
  let sum: f64 = 0;
  let sumX: f64 = 0;
  let sumY: f64 = 0;
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const value = <f64>at(job, map, row + y, column + x);
      sum += value;
      sumX += value * <f64>x;
      sumY += value * <f64>y;
    }
  }
  const dx = sumX / sum;
  const dy = sumY / sum;
  // Neither what is infinite nor what is no number passes.
  if (!(abs(sum) <= f32.MAX_VALUE && abs(dx) <= <f64>reach && abs(dy) <= <f64>reach)) return;
  store<f32>(peak, <f32>(<f64>column + dx));
  store<f32>(peak, <f32>(<f64>row + dy), 4);
}
