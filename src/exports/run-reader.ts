/** Reads stored runs in the order of their frames, none twice: what was read last is kept, because two neighbouring blocks often share it. */
import type { Chunk } from './chunk.ts';
import type { Predictions, StoredRun } from './predictions.ts';

/** @param prepare what is made of a run once it is read. */
export function runReader<T>(
  predictions: Predictions,
  prepare: (chunk: Chunk, run: StoredRun) => T,
): (run: StoredRun) => Promise<T> {
  let last: { run: StoredRun; prepared: T } | null = null;
  return async run => {
    if (last?.run !== run) last = { run, prepared: prepare(await predictions.read(run), run) };
    return last.prepared;
  };
}

/** The number of the first of `ends`, which ascend, that lies above `value`. */
export function firstAbove(ends: readonly number[], value: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
