/**
 * What a depthwise convolution with Q filters to a channel needs more than one with a single filter.
 *
 *   [rows, columns, C]  ->  [rows, columns, C*Q], each number Q times     for its input
 *   [.., C*Q]           ->  [.., C], sums of Q numbers                    for the gradient of it
 */
import { fillBand } from './band';

/** fillBand, with each number `times` times, one after another. */
export function fillRepeated(
  band: usize,
  rows: i32,
  columns: i32,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  times: i32,
  row: i32,
  column: i32,
): void {
  const numbers = rows * columns * channels;
  // At the end of the band: repeating from the front never reaches what is still to be read.
  let from = band + ((<usize>(numbers * (times - 1))) << 2);
  fillBand(from, rows, columns, channels, x, height, width, channels, (<usize>channels) << 2, row, column);
  if (times === 1) return;
  for (let i = 0; i < numbers; i++) {
    const value = load<f32>(from);
    for (let time = 0; time < times; time++) {
      store<f32>(band, value);
      band += 4;
    }
    from += 4;
  }
}

@unmanaged
export class SumRuns {
  /** [size * run] */
  x: usize;
  /** [size] */
  y: usize;
  size: i32;
  run: i32;
  /** Numbers of y in an item. */
  chunk: i32;
}

/** Adds up numbers that lie together: what the filters of a channel give for its gradient. */
export function sumRuns(job: SumRuns, item: i32): void {
  const first = item * job.chunk;
  const end = min(job.size, first + job.chunk);
  let x = job.x + ((<usize>(first * job.run)) << 2);
  for (let i = first; i < end; i++) {
    let sum: f32 = 0;
    for (let r = 0; r < job.run; r++) {
      sum += load<f32>(x);
      x += 4;
    }
    store<f32>(job.y + ((<usize>i) << 2), sum);
  }
}
