/**
 * How a job over numbers that have nothing to do with each other is divided among threads: by their count alone, so that sums come out the
 * same on any number of them.
 */

/** Most items: eight threads in eight rounds. */
const MOST_ITEMS = 64;
/** Fewer numbers than this are done before another thread has woken up. */
const LEAST_CHUNK = 16_384;

/** @returns how many items there are, and how many numbers each of them but the last has: a multiple of four. */
export function chunksOf(size: number): { chunk: number; items: number } {
  const chunk = Math.max(LEAST_CHUNK, 4 * Math.ceil(size / MOST_ITEMS / 4));
  return { chunk, items: Math.max(1, Math.ceil(size / chunk)) };
}
