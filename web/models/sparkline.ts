/** The course of val_loss in a few pixels, for a row of the list: an SVG path over a logarithmic axis. */

export interface Sparkline {
  /** `d` of a path, in px of a box of the given size. */
  path: string;
  /** Where the lowest value lies, px. */
  best: { x: number; y: number };
}

interface Box {
  widthPx: number;
  heightPx: number;
  /** Kept free at each side, so that line and dot are not cut off. */
  marginPx: number;
}

/**
 * @param epochs ascending; @param values as many; what is not above zero has no place on the axis and is left out.
 * @returns null where nothing can be drawn.
 */
export function sparkline(
  epochs: readonly number[],
  values: readonly number[],
  { widthPx, heightPx, marginPx }: Box,
): Sparkline | null {
  const points = epochs.flatMap((epoch, i) => (values[i]! > 0 ? [{ epoch, level: Math.log(values[i]!) }] : []));
  if (points.length === 0) return null;
  const levels = points.map(({ level }) => level);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const [first, last] = [points[0]!.epoch, points.at(-1)!.epoch];
  const within = (share: number, sizePx: number) => round(marginPx + share * (sizePx - 2 * marginPx));
  const placed = points.map(({ epoch, level }) => ({
    x: within(last === first ? 0.5 : (epoch - first) / (last - first), widthPx),
    y: within(high === low ? 0.5 : (high - level) / (high - low), heightPx),
  }));
  return {
    path: placed.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join(''),
    best: placed[levels.indexOf(low)]!,
  };
}

function round(px: number): number {
  return Math.round(px * 10) / 10;
}
