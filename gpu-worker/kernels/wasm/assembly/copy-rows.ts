/**
 * Copies rows of numbers from one tensor to another whose rows have another length: the parts of a concatenation, and a concatenation's parts.
 * An item is a band of rows. Bytes: 8 per number.
 */
import { storeLanes } from './lanes';

@unmanaged
export class CopyRows {
  from: usize;
  to: usize;
  /** From one row to the next, bytes. */
  fromRow: usize;
  toRow: usize;
  rows: i32;
  /** Numbers of a row. */
  run: i32;
  bandRows: i32;
}

export function copyRows(job: CopyRows, item: i32): void {
  const run = job.run;
  const end = min(job.rows, (item + 1) * job.bandRows);
  for (let row = item * job.bandRows; row < end; row++) {
    const from = job.from + <usize>row * job.fromRow;
    const to = job.to + <usize>row * job.toRow;
    for (let i = 0; i < run; i += 4) storeLanes(to + ((<usize>i) << 2), v128.load(from + ((<usize>i) << 2)), run - i);
  }
}
