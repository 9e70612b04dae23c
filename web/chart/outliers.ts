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
  const sorted = values.subarray(0, total).sort();
  const min = sorted[Math.floor((total - 1) * LOW_QUANTILE)]!;
  const max = sorted[Math.floor((total - 1) * HIGH_QUANTILE)]!;
  let outside = 0;
  for (const value of sorted) if (value < min || value > max) outside += 1;
  return { min, max, outside, total };
}
