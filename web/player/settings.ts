/** How poses are drawn, as the reader chose; kept by the browser, but for what belongs to one skeleton: which keypoints are hidden. */
import { effect, type Signal, signal } from '@preact/signals';
import { recall, remember } from '../frame/remembered.ts';

export interface PlayerSettings {
  /** Points with a lower score are not drawn; whole hundredths. */
  threshold: Signal<number>;
  /** Earlier frames that a point draws a line through. */
  trailFrames: Signal<number>;
  /** Times the usual size of a point. */
  size: Signal<number>;
  hasLabels: Signal<boolean>;
  /** Keypoints that are not shown, by index. */
  hidden: Signal<ReadonlySet<number>>;
}

export const LONGEST_TRAIL = 200;
export const LARGEST_SIZE = 3;
export const SMALLEST_SIZE = 0.4;

/** For the whole page, so that the next video looks the same. */
const threshold = kept('player-threshold', 0, 0, 1);
const trailFrames = kept('player-trail', 0, 0, LONGEST_TRAIL);
const size = kept('player-size', 1, SMALLEST_SIZE, LARGEST_SIZE);
const labels = kept('player-labels', 0, 0, 1);
const hasLabels = signal(labels.peek() === 1);
effect(() => {
  labels.value = Number(hasLabels.value);
});

export function createSettings(): PlayerSettings {
  return { threshold, trailFrames, size, hasLabels, hidden: signal<ReadonlySet<number>>(new Set()) };
}

function kept(name: string, usual: number, least: number, most: number): Signal<number> {
  const text = recall(name);
  const number = text === null ? Number.NaN : Number(text);
  const value = signal(number >= least && number <= most ? number : usual);
  effect(() => remember(name, String(value.value)));
  return value;
}
