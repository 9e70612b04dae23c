import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Labelled, percentile, pixelError } from '../../gpu-worker/train/metrics.ts';

const NONE = Number.NaN;
const points = (...pairs: [number, number][]) => Float32Array.from(pairs.flat());
/** With a score after each pair, as the predictor gives them. */
const found = (...pairs: [number, number][]) => Float32Array.from(pairs.flatMap(([x, y]) => [x, y, 0.9]));
const hidden: [number, number] = [NONE, NONE];

describe('the error in pixels', () => {
  // Two keypoints. Mean training positions: nose (2, 4), from frames one and two; tail (10, 10), the hidden one left out.
  const training = [points([0, 0], [10, 10]), points([4, 8], hidden)];
  const validation: Labelled[] = [
    { truth: points([2, 4], [10, 13]), predicted: found([5, 8], [10, 13]) }, // 5 and 0 px; baseline 0 and 3
    { truth: points([2, 16], hidden), predicted: found([2, 14], [99, 99]) }, // 2 px; baseline 12; a tail that is not there
    { truth: points([8, 12], [10, 14]), predicted: found(hidden, [11, 14]) }, // missed and 1 px; baseline 10 and 4
  ];
  const error = pixelError(['nose', 'tail'], validation, training);

  it('is measured over visible keypoints that were found; those that were not are counted apart', () => {
    // distances 5, 0, 2, 1
    expect(error).toMatchObject({ count: 4, missed: 1, mean: 2, median: 1.5 });
    expect(error.p90).toBeCloseTo(2 + 0.7 * 3, 12); // rank 2.7 of 0, 1, 2, 5
    expect(error.keypoints).toEqual([
      { keypoint: 'nose', count: 2, mean: 3.5 },
      { keypoint: 'tail', count: 2, mean: 0.5 },
    ]);
  });

  it('stands beside what the mean training position would give, found or not', () => {
    // 0, 3, 12, 10, 4
    expect(error.baseline_mean).toBeCloseTo(29 / 5, 12);
    expect(error.baseline_median).toBe(4);
  });

  it('takes no notice of predictions for hidden keypoints', () => {
    const silent = validation.map(({ truth, predicted }) => ({
      truth,
      predicted: predicted.map((value, i) => (Number.isNaN(truth[2 * Math.floor(i / 3)]!) ? NONE : value)),
    }));
    expect(silent[1]!.predicted[3]).toBeNaN();
    expect(pixelError(['nose', 'tail'], silent, training)).toEqual(error);
  });

  it('cannot be lowered by silence without the count of missed ones rising', () => {
    const mute = validation.map(({ truth }) => ({ truth, predicted: found(hidden, hidden) }));
    expect(pixelError(['nose', 'tail'], mute, training)).toEqual({
      count: 0,
      missed: 5,
      mean: null,
      median: null,
      p90: null,
      baseline_mean: error.baseline_mean,
      baseline_median: error.baseline_median,
      keypoints: [
        { keypoint: 'nose', count: 0, mean: null },
        { keypoint: 'tail', count: 0, mean: null },
      ],
    });
  });

  it('has no baseline for a keypoint that no training frame shows, and none at all if that is every one', () => {
    const unseen = training.map(([x, y]) => points([x!, y!], hidden));
    const partly = pixelError(['nose', 'tail'], validation, unseen);
    expect(partly).toMatchObject({ count: 4, missed: 1, mean: 2 });
    expect(partly.baseline_mean).toBeCloseTo(22 / 3, 12); // 0, 12, 10
    expect(pixelError(['nose', 'tail'], validation, [])).toMatchObject({ baseline_mean: null, baseline_median: null });
  });

  it('says nothing about a keypoint that is never visible in validation', () => {
    const never = pixelError(
      ['nose', 'tail'],
      [{ truth: points([1, 1], hidden), predicted: found([1, 1], [5, 5]) }],
      training,
    );
    expect(never).toMatchObject({ count: 1, missed: 0, mean: 0 });
    expect(never.keypoints[1]).toEqual({ keypoint: 'tail', count: 0, mean: null });
  });
});

describe('a percentile', () => {
  it("is numpy.percentile's, which interpolates linearly", () => {
    // numpy.percentile([15, 20, 35, 40, 50], q), numpy 1.26
    const values = [35, 50, 15, 40, 20];
    const numpy: [number, number][] = [
      [0, 15],
      [5, 16],
      [30, 23],
      [40, 29],
      [50, 35],
      [90, 46],
      [100, 50],
    ];
    for (const [percent, value] of numpy) expect(percentile(values, percent)).toBeCloseTo(value, 12);
    expect(values).toEqual([35, 50, 15, 40, 20]);
    expect(percentile([7], 90)).toBe(7);
    expect(percentile([], 50)).toBeNull();
  });

  it('lies within the values, grows with the percentage, and at whole ranks is a value itself', () => {
    const lists = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lists, fc.nat(100), fc.nat(100), (values, a, b) => {
        const [low, high] = [percentile(values, Math.min(a, b))!, percentile(values, Math.max(a, b))!];
        expect(low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(high).toBeLessThanOrEqual(Math.max(...values));
        expect(high - low).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 11, maxLength: 11 }), values => {
        const sorted = values.toSorted((x, y) => x - y);
        for (let rank = 0; rank <= 10; rank++) expect(percentile(values, 10 * rank)).toBe(sorted[rank]);
      }),
    );
  });
});
