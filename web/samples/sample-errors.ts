/**
 * How far the predictions of an epoch are from the labels of a sample frame. Counted is what is labelled; a labelled keypoint without a
 * prediction is missed and has no distance. Pure functions; lengths in pixels of the original image.
 */
import type { Samples } from '../../src/contract/samples.ts';

type Truth = Samples['frames'][number]['truth'];
type Points = Samples['epochs'][number]['points'][number];

export interface FrameError {
  /** Over labelled keypoints with a prediction; null: there is none. */
  meanPx: number | null;
  /** Labelled keypoints without a prediction. */
  missed: number;
}

/** Distance between label and prediction, px; null where one of them is missing. */
export function distancePx(truth: Truth[number], point: Points[number] | undefined): number | null {
  return truth && point ? Math.hypot(point[0] - truth[0], point[1] - truth[1]) : null;
}

/** @param hidden keypoints that do not count, by index. */
export function frameError(truth: Truth, points: Points, hidden: ReadonlySet<number> = new Set()): FrameError {
  let [sum, count, missed] = [0, 0, 0];
  truth.forEach((place, k) => {
    if (place === null || hidden.has(k)) return;
    const px = distancePx(place, points[k]);
    if (px === null) missed += 1;
    else {
      sum += px;
      count += 1;
    }
  });
  return { meanPx: count === 0 ? null : sum / count, missed };
}

/** The mean error of a frame at each epoch, in order. */
export function errorCurve(
  { frames, epochs }: Pick<Samples, 'frames' | 'epochs'>,
  frame: number,
  hidden?: ReadonlySet<number>,
): (number | null)[] {
  const { truth } = frames[frame]!;
  return epochs.map(({ points }) => frameError(truth, points[frame] ?? [], hidden).meanPx);
}

/**
 * The points of a curve as lines of an SVG path in a box of `width` × `height`; what is not known parts the line. Errors fall by a hundredfold
 * in a training, so that the ordinate is logarithmic.
 */
export function curvePath(values: readonly (number | null)[], width: number, height: number): string {
  const place = curvePlaces(values, width, height);
  let isDown = false;
  return place
    .map(at => {
      const command = at === null ? '' : `${isDown ? 'L' : 'M'}${at[0].toFixed(1)} ${at[1].toFixed(1)}`;
      isDown = at !== null;
      return command;
    })
    .join('');
}

/** Where each value stands in the box; null: nowhere. */
export function curvePlaces(
  values: readonly (number | null)[],
  width: number,
  height: number,
): ([x: number, y: number] | null)[] {
  // A perfect hit has no logarithm; below a hundredth of a pixel nobody looks.
  const logs = values.map(value => (value === null ? null : Math.log10(Math.max(value, 0.01))));
  const known = logs.filter(log => log !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return logs.map((log, i) => {
    if (log === null) return null;
    const x = values.length === 1 ? width / 2 : (i / (values.length - 1)) * width;
    return [x, high === low ? height / 2 : ((high - log) / (high - low)) * height];
  });
}
