/** The line of one model in the comparison: its measure over epochs or time, raw and smoothed, and its best epoch. Pure functions. */
import { type ChartValue, smooth } from '../chart/smoothing.ts';
import type { Measure } from './compare-query.ts';
import type { Course } from './courses.ts';

/** Points of a line over time at most: lines that share no x would else make a column of all of theirs together. */
const MOST_POINTS_OVER_TIME = 1500;

export interface ComparedLine {
  xs: number[];
  /** As measured; null where there is nothing to draw. */
  raw: ChartValue[];
  smoothed: ChartValue[];
  /** The epoch with the lowest val_loss, as measured; null: not there, or of a learning rate. */
  best: { x: number; y: number } | null;
}

export interface LineOptions {
  measure: Measure;
  axis: 'epoch' | 'time';
  isLog: boolean;
  smoothing: number;
}

export const NO_LINE: ComparedLine = { xs: [], raw: [], smoothed: [], best: null };

/** @param log the training log. @param errors the errors of the same model; read for pixel_error alone. */
export function comparedLine(
  log: Course | null,
  errors: Course | null,
  { measure, axis, isLog, smoothing }: LineOptions,
): ComparedLine {
  const course = measure === 'pixel_error' ? errors : log;
  if (log === null || course === null) return NO_LINE;
  const column = course[measure === 'pixel_error' ? 'median_px' : measure] ?? [];
  // A logarithm has no place for zero.
  const raw = column.map(value => (value === null || (isLog && value <= 0) ? null : value));
  const xs = axis === 'epoch' ? [...course.epochs] : elapsedAt(course.epochs, log);
  const weight = measure === 'lr' ? 0 : smoothing;
  const smoothed = weight === 0 ? raw : smooth(raw, weight);
  const bestEpoch = measure === 'lr' ? null : bestEpochOf(log);
  const bestIdx = bestEpoch === null ? -1 : course.epochs.indexOf(bestEpoch);
  const y = raw[bestIdx] ?? null;
  const best = y === null ? null : { x: xs[bestIdx]!, y };
  return axis === 'time' ? thinned({ xs, raw, smoothed, best }) : { xs, raw, smoothed, best };
}

/** The epoch with the lowest val_loss, the first of several; null for an empty log. */
export function bestEpochOf(log: Course): number | null {
  let best: { epoch: number; loss: number } | null = null;
  for (const [i, epoch] of log.epochs.entries()) {
    const loss = log.val_loss?.[i] ?? null;
    if (loss !== null && (best === null || loss < best.loss)) best = { epoch, loss };
  }
  return best?.epoch ?? null;
}

/** Seconds of training up to the end of each of these epochs. */
function elapsedAt(epochs: readonly number[], log: Course): number[] {
  const bySeconds = new Map<number, number>();
  let elapsed = 0;
  for (const [i, epoch] of log.epochs.entries()) {
    elapsed += log.seconds?.[i] ?? 0;
    bySeconds.set(epoch, elapsed);
  }
  // Errors may be ahead of the log by an epoch.
  return epochs.map(epoch => bySeconds.get(epoch) ?? elapsed);
}

function thinned({ xs, raw, smoothed, best }: ComparedLine): ComparedLine {
  const step = Math.ceil(xs.length / MOST_POINTS_OVER_TIME);
  const keeps = (_: unknown, i: number) => i % step === 0 || i === xs.length - 1 || xs[i] === best?.x;
  return { xs: xs.filter(keeps), raw: raw.filter(keeps), smoothed: smoothed.filter(keeps), best };
}
