/**
 * Copies runs of bytes that lie a fixed step apart to places another step apart: what cutting and joining tensors along an axis is.
 *
 * An item is a band of rows. A run in the last axis is as short as a few channels, for which memory.copy would be called too often.
 */

/** Runs longer than this go to memory.copy, bytes. */
const LONG: i32 = 1024;

@unmanaged
export class CopyRuns {
  from: usize;
  to: usize;
  /** From one run to the next, bytes. */
  fromStep: usize;
  toStep: usize;
  /** Bytes of a run: a multiple of four. */
  run: i32;
  rows: i32;
  bandRows: i32;
}

export function copyRuns(job: CopyRuns, item: i32): void {
  const first = item * job.bandRows;
  const end = min(job.rows, first + job.bandRows);
  let from = job.from + <usize>first * job.fromStep;
  let to = job.to + <usize>first * job.toStep;
  for (let row = first; row < end; row++) {
    if (job.run > LONG) memory.copy(to, from, job.run);
    else copyShort(to, from, job.run);
    from += job.fromStep;
    to += job.toStep;
  }
}

function copyShort(to: usize, from: usize, left: i32): void {
  for (; left >= 16; left -= 16) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; left > 0; left -= 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
}
