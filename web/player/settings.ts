/** How poses are drawn, as the reader chose; kept by the browser, but for what belongs to one skeleton: which keypoints are hidden. */
import { type Signal, signal } from '@preact/signals';
import { kept, keptNumber } from '../frame/kept.ts';

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
const threshold = keptNumber('player-threshold', 0, 0, 1);
const trailFrames = keptNumber('player-trail', 0, 0, LONGEST_TRAIL);
const size = keptNumber('player-size', 1, SMALLEST_SIZE, LARGEST_SIZE);
const hasLabels = kept(
  'player-labels',
  text => text === '1',
  has => (has ? '1' : '0'),
);

export function createSettings(): PlayerSettings {
  return { threshold, trailFrames, size, hasLabels, hidden: signal<ReadonlySet<number>>(new Set()) };
}
