/**
 * How far predictions are from the labels, in pixels of the original images, beside what knowing nothing would give.
 *
 * Distances are taken over visible validation keypoints that were found; those that were not are counted apart, so that a network cannot
 * look better by staying silent. The baseline answers each keypoint with its mean position over the training frames.
 * Leaves out: PCK, OKS and mAP, which are in evaluation.ts.
 */
import type { PixelError } from '../../src/contract/model.ts';

export interface Labelled {
  /** [K, 2] px, NaN: not visible. */
  truth: Float32Array;
  /** [K, 3] x px, y px, score; NaN: no peak. */
  predicted: Float32Array;
}

/** @param trainingTruth [K, 2] of each training frame. */
export function pixelError(
  keypoints: readonly string[],
  validation: readonly Labelled[],
  trainingTruth: readonly Float32Array[],
): PixelError {
  const means = keypoints.map((_, k) => meanPosition(trainingTruth, k));
  const distances: number[][] = keypoints.map(() => []);
  const baseline: number[] = [];
  let missed = 0;
  for (const { truth, predicted } of validation) {
    for (const [k, mean] of means.entries()) {
      const x = truth[2 * k]!;
      const y = truth[2 * k + 1]!;
      if (Number.isNaN(x)) continue;
      if (mean) baseline.push(Math.hypot(x - mean[0], y - mean[1]));
      const distance = Math.hypot(x - predicted[3 * k]!, y - predicted[3 * k + 1]!);
      if (Number.isNaN(distance)) missed++;
      else distances[k]!.push(distance);
    }
  }
  const all = distances.flat();
  return {
    count: all.length,
    missed,
    mean: mean(all),
    median: percentile(all, 50),
    p90: percentile(all, 90),
    baseline_mean: mean(baseline),
    baseline_median: percentile(baseline, 50),
    keypoints: keypoints.map((keypoint, k) => ({ keypoint, count: distances[k]!.length, mean: mean(distances[k]!) })),
  };
}

/** null for a keypoint that no training frame shows. */
function meanPosition(frames: readonly Float32Array[], k: number): [number, number] | null {
  const visible = frames.filter(points => !Number.isNaN(points[2 * k]!));
  if (visible.length === 0) return null;
  return [0, 1].map(axis => visible.reduce((sum, points) => sum + points[2 * k + axis]!, 0) / visible.length) as [
    number,
    number,
  ];
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linear interpolation between the two nearest ranks, as numpy's default. */
export function percentile(values: readonly number[], percent: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = ((sorted.length - 1) * percent) / 100;
  const low = Math.floor(at);
  return sorted[low]! + (sorted[Math.ceil(at)]! - sorted[low]!) * (at - low);
}
