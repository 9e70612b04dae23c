/**
 * Reads the next run while the one before is made into text: to a database on the same machine that halves the time of a long file. Only for
 * whoever reads in order: one run alone, as for a part of a file, costs one read.
 */
import type { Chunk } from './chunk.ts';
import type { StoredRun } from './predictions.ts';

/** @returns `read`, with one run of `runs` read ahead from the second one in order on. */
export function readAhead(
  runs: readonly StoredRun[],
  read: (run: StoredRun) => Promise<Chunk>,
): (run: StoredRun) => Promise<Chunk> {
  const placeOf = new Map(runs.map((run, place) => [run, place]));
  let last = -1;
  let ahead: { run: StoredRun; chunk: Promise<Chunk> } | null = null;
  return run => {
    const place = placeOf.get(run) ?? -1;
    const chunk = ahead?.run === run ? ahead.chunk : read(run);
    const next = runs[place + 1];
    ahead = place > 0 && place === last + 1 && next ? { run: next, chunk: read(next) } : null;
    // Whoever reads that run hears of it; nobody may.
    ahead?.chunk.catch(() => {});
    last = place;
    return chunk;
  };
}
