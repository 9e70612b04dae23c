/**
 * The keys that walk along a chart, for those who use no mouse: arrows go from one datum to the next, Page Up and Down by a tenth of what is
 * there, Home and End to its ends, Escape leaves it. Plus and minus zoom around the place, 0 shows all.
 */
/** Part of an x axis. */
export interface Span {
  min: number;
  max: number;
}

/** The index that a key leads to from `at` (null: none pointed at yet); null leaves the chart, undefined: any other key. */
export function walk(key: string, at: number | null, count: number): number | null | undefined {
  const last = count - 1;
  const page = Math.max(1, Math.round(count / 10));
  const within = (index: number) => Math.min(last, Math.max(0, index));
  switch (key) {
    case 'ArrowLeft':
      return within((at ?? count) - 1);
    case 'ArrowRight':
      return within((at ?? last - 1) + 1);
    case 'PageUp':
      return within((at ?? count) - page);
    case 'PageDown':
      return within((at ?? last - page) + page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

/** What is shown after zooming by `factor` (above 1: closer) around `centre`. @returns null: all of `extent`. */
export function zoomed(shown: Span, extent: Span, centre: number, factor: number): Span | null {
  const share = (centre - shown.min) / (shown.max - shown.min);
  const width = (shown.max - shown.min) / factor;
  if (width >= extent.max - extent.min) return null;
  const min = Math.min(Math.max(extent.min, centre - share * width), extent.max - width);
  return { min, max: min + width };
}

/** The index of the datum nearest to `x` in an ascending column that is not empty. */
export function nearestIdx(xs: readonly number[], x: number): number {
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle;
    else high = middle;
  }
  return x - xs[low]! <= xs[high]! - x ? low : high;
}
