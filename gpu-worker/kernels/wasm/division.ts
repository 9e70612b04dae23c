/**
 * How jobs over numbers or rows that have nothing to do with each other are divided among threads: by their count alone, so that sums come out the same on
 * any number of threads.
 */

/** Most items: eight threads in eight rounds. */
const MOST_ITEMS = 64;
/** Fewer numbers than this are done before another thread has woken up. */
const LEAST_NUMBERS = 16_384;

/** @returns how many items there are, and how many numbers each of them but the last has: a multiple of four. */
export function chunksOf(size: number): { chunk: number; items: number } {
  const chunk = Math.max(LEAST_NUMBERS, 4 * Math.ceil(size / MOST_ITEMS / 4));
  return { chunk, items: Math.max(1, Math.ceil(size / chunk)) };
}

/** @param numbers of all rows together. @returns how many rows each item but the last has, and how many items there are: one at least. */
export function bandsOf(rows: number, numbers: number): { bandRows: number; items: number } {
  const wanted = Math.max(1, Math.min(MOST_ITEMS, Math.floor(numbers / LEAST_NUMBERS)));
  const bandRows = Math.max(1, Math.ceil(rows / wanted));
  return { bandRows, items: Math.max(1, Math.ceil(rows / bandRows)) };
}
