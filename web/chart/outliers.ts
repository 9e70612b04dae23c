/**
 * A range of values that a few outliers do not stretch: the first epochs of a training, or a spike, would else press all the rest of a
 * curve flat. From the 2nd to the 98th percentile of what is drawn, and how many values that leaves outside, so that nobody is misled.
 */
import type { ChartValue } from './smoothing.ts';

const LOW_QUANTILE = 0.02;
const HIGH_QUANTILE = 0.98;

export interface OutlierRange {
  min: number;
  max: number;
  /** Values beyond the range. */
  outside: number;
  /** Values in all, gaps left out. */
  total: number;
}

/**
 * Over the values at the indices `from` to `to`, both included, of all columns together.
 * @returns null where there is no value.
 */
export function outlierRange(
  columns: readonly (readonly ChartValue[])[],
  from: number,
  to: number,
): OutlierRange | null {
  const values = new Float64Array(columns.length * Math.max(0, to - from + 1));
  let total = 0;
  for (const column of columns) {
    for (let i = from; i <= to; i++) {
      const value = column[i];
      if (value != null && Number.isFinite(value)) values[total++] = value;
    }
  }
  if (total === 0) return null;
  const found = values.subarray(0, total);
  const max = selectSmallest(found, Math.floor((total - 1) * HIGH_QUANTILE));
  const min = selectSmallest(found, Math.floor((total - 1) * LOW_QUANTILE));
  let outside = 0;
  for (const value of found) if (value < min || value > max) outside += 1;
  return { min, max, outside, total };
}

/**
 * What would stand at `rank` if `values` were sorted; it leaves them in another order. A growing chart asks with every epoch, and sorting
 * the losses of ten thousand epochs took a quarter of its frame. Source: Hoare, Algorithm 65: Find (1961).
 */
function selectSmallest(values: Float64Array, rank: number): number {
  let [first, last] = [0, values.length - 1];
  while (first < last) {
    const pivot = values[(first + last) >> 1]!;
    let [i, j] = [first, last];
    while (i <= j) {
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
      if (i > j) break;
      [values[i], values[j]] = [values[j]!, values[i]!];
      i += 1;
      j -= 1;
    }
    if (rank <= j) last = j;
    else if (rank >= i) first = i;
    else break;
  }
  return values[rank]!;
}
