/** How many rows of the large datasets go into one block. */

/** Enough that a block is worth sending, little enough that libhdf5 caches a chunk, and that a part of a file costs little. */
const BLOCK_BYTES = 2 ** 20;

/** @param size.wanted instead of what suits. @returns at least 1, and no more than there are: a chunk is no larger than its dataset. */
export function blockRows(size: { rows: number; rowBytes: number; wanted?: number | undefined }): number {
  const suitable = 2 ** Math.floor(Math.log2(BLOCK_BYTES / size.rowBytes));
  return Math.max(1, Math.min(size.rows, Math.floor(size.wanted ?? suitable)));
}
