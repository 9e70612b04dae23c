/** From an epoch, as an address names it, to its place among the epochs whose predictions are there. */

/** @returns null for what is no number of an epoch. */
export function epochIn(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The place of the epoch, or of the last before it, as of many epochs not all are there. @param epoch null: the last. */
export function placeOfEpoch(epochs: readonly { epoch: number }[], epoch: number | null): number {
  if (epoch === null) return epochs.length - 1;
  const after = epochs.findIndex(row => row.epoch > epoch);
  return after === -1 ? epochs.length - 1 : Math.max(0, after - 1);
}
