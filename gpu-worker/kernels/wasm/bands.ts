/**
 * How a job over rows that have nothing to do with each other is divided among threads: by its size alone, so that sums come out the same on
 * any number of them.
 */

/** Most items: eight threads in eight rounds. */
const MOST_ITEMS = 64;
/** Fewer numbers than this are done before another thread has woken up. */
const LEAST_NUMBERS = 16_384;

/** @param numbers of all rows together. @returns how many rows each item but the last has, and how many items there are: one at least. */
export function bandsOf(rows: number, numbers: number): { bandRows: number; items: number } {
  const wanted = Math.max(1, Math.min(MOST_ITEMS, Math.floor(numbers / LEAST_NUMBERS)));
  const bandRows = Math.max(1, Math.ceil(rows / wanted));
  return { bandRows, items: Math.max(1, Math.ceil(rows / bandRows)) };
}
