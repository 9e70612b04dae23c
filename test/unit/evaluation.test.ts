import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../gpu-worker/train/evaluation.ts';
import type { Labelled } from '../../gpu-worker/train/metrics.ts';
import { type Evaluation, evaluationSchema } from '../../src/contract/metrics.ts';

const NONE = Number.NaN;
type Point = readonly [number, number];
const hidden: Point = [NONE, NONE];
const labels = (...points: Point[]) => Float32Array.from(points.flat());
/** Each keypoint with the same peak value, also where there is no peak. */
const peaks = (score: number, ...points: Point[]) => Float32Array.from(points.flatMap(([x, y]) => [x, y, score]));
const nothing = (nKeypoints: number) => peaks(0, ...Array(nKeypoints).fill(hidden));

/** Precision of the best `reached` of `n` frames at the 101 recalls, when these stand first in the ranking. */
const plateau = (reached: number, n: number) => (Math.floor((100 * reached) / n + 1e-9) + 1) / 101;

// Box of 30 × 40 px: diagonal 50 px, area 1200 px²; an OKS term is exp(-d² / (0.05² · 2 · 1200)) = exp(-d² / 6).
const square: readonly [Point, Point] = [
  [10, 10],
  [40, 50],
];

describe('an evaluation of frames with a good, a middling and a missed prediction', () => {
  const labelled: Labelled[] = [
    // exact: OKS 1, PCK 1; ranked second with 1.0
    { truth: labels(...square), predicted: peaks(0.5, ...square) },
    // 5 px and 2 px: OKS (exp(-25/6) + exp(-4/6)) / 2 = 0.264460; PCK (0.5 + 0.8) / 2 = 0.65; ranked first with 1.6
    { truth: labels(...square), predicted: peaks(0.8, [13, 14], [40, 52]) },
    { truth: labels(...square), predicted: nothing(2) },
  ];
  const evaluation = evaluate(['nose', 'tail'], labelled);

  it('measures distances over matched frames', () => {
    // 0, 0, 2, 5
    expect(evaluation).toMatchObject({ frames: 3, instances_matched: 2, dist: { avg: 7 / 4, p50: 1, p75: 2.75 } });
    expect(evaluation.dist.p90).toBeCloseTo(2 + 0.7 * 3, 12); // rank 2.7
    expect(evaluation.dist.p95).toBeCloseTo(2 + 0.85 * 3, 12);
    expect(evaluation.dist.p99).toBeCloseTo(2 + 0.97 * 3, 12);
  });

  it('calls a keypoint correct below a threshold, not at it', () => {
    // below 1 and 2 px: two of four; from 3 px: three; from 6 px: all
    expect(evaluation.pck.thresholds_px).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(evaluation.pck.values).toEqual([0.5, 0.5, 0.75, 0.75, 0.75, 1, 1, 1, 1, 1]);
    expect(evaluation.pck.mean).toBeCloseTo(0.825, 12);
  });

  it('leaves frames without a prediction out of the mean OKS', () => {
    expect(evaluation.oks.mean).toBeCloseTo((1 + (Math.exp(-25 / 6) + Math.exp(-4 / 6)) / 2) / 2, 12);
  });

  it('counts them as false negatives in the VOC values', () => {
    // OKS: at every threshold the frame ranked first fails and the second is reached, so precision is 1/2 up to recall 1/3
    expect(evaluation.oks_voc.map).toBeCloseTo(0.5 * plateau(1, 3), 12);
    expect(evaluation.oks_voc.mar).toBeCloseTo(1 / 3, 12);
    // PCK 0.65: at 0.5, 0.55, 0.6, 0.65 both are reached, so precision is 1 up to recall 2/3; at the six others as above
    expect(evaluation.pck_voc.map).toBeCloseTo(0.4 * plateau(2, 3) + 0.6 * 0.5 * plateau(1, 3), 12);
    expect(evaluation.pck_voc.mar).toBeCloseTo(0.4 * (2 / 3) + 0.6 * (1 / 3), 12);
  });

  it('counts them too in the PCK by the size of the animal', () => {
    // parts of the 50 px diagonal: 0, 0, 0.1, 0.04, none, none; 0.1 is not below 0.1
    expect(evaluation.normalized_pck).toEqual({ thresholds: [0.1, 0.2], values: [3 / 6, 4 / 6], measured: 6 });
  });

  it('shows each keypoint over every labelled frame', () => {
    // nose: 0, 5, none; 5 px is below 6 to 10 px, so PCK is 1/3 up to 5 px and 2/3 from there
    const nose = evaluation.keypoints[0]!;
    expect(nose).toMatchObject({ keypoint: 'nose', visible: 3, found: 2, avg: 2.5, p50: 2.5, p90: 4.5 });
    expect(nose.pck).toBeCloseTo(0.5, 12);
    // tail: 0, 2, none; PCK 1/3 at 1 and 2 px, then 2/3
    const tail = evaluation.keypoints[1]!;
    expect(tail).toMatchObject({ keypoint: 'tail', visible: 3, found: 2, avg: 1, p50: 1 });
    expect(tail.pck).toBeCloseTo(0.2 / 3 + 0.8 * (2 / 3), 12);
  });

  it('is what the contract says', () => {
    expect(evaluationSchema.parse(evaluation)).toEqual(evaluation);
  });
});

describe('labels and peaks that do not meet', () => {
  const a: Point = [0, 0];
  const b: Point = [30, 40];
  const c: Point = [30, 0];

  it('are counted as missed and invented keypoints', () => {
    const labelled: Labelled[] = [
      { truth: labels(a, b, hidden), predicted: peaks(0.9, a, hidden, c) }, // hit, missed, invented
      { truth: labels(a, b, hidden), predicted: peaks(0.9, a, b, hidden) }, // hit, hit, rightly silent
    ];
    const evaluation = evaluate(['a', 'b', 'c'], labelled);
    expect(evaluation.visibility).toEqual({ tp: 3, fp: 1, tn: 1, fn: 1, precision: 3 / 4, recall: 3 / 4 });
    expect(evaluation.oks.mean).toBe(0.75); // 1/2 and 1, over labelled keypoints
    expect(evaluation.pck.mean).toBeCloseTo(0.5, 12); // 3 of 6: SLEAP counts keypoints without a label as wrong
    expect(evaluation.keypoints[2]).toMatchObject({ visible: 0, found: 0, avg: null, p90: null, pck: null });
  });

  it('make a false negative of a frame whose peaks are all far away, and no false positive', () => {
    const far: Labelled = { truth: labels(a, b, c), predicted: peaks(1, [1e4, 0], [1e4, 0], [1e4, 0]) };
    const good: Labelled = { truth: labels(a, b, c), predicted: peaks(0.3, a, b, c) };
    const evaluation = evaluate(['a', 'b', 'c'], [far, good]);
    expect(evaluation).toMatchObject({ frames: 2, instances_matched: 1, dist: { avg: 0 }, oks: { mean: 1 } });
    // precision 1 (numpy's spacing away from it) up to recall 1/2
    expect(evaluation.oks_voc.map).toBeCloseTo(plateau(1, 2), 12);
    expect(evaluation.oks_voc.mar).toBe(0.5);
    expect(evaluation.keypoints[0]).toMatchObject({ visible: 2, found: 2, pck: 0.5 });
  });

  it('rank a frame by all its peak values, those too low for a peak included', () => {
    const half: Labelled = { truth: labels(a, b), predicted: Float32Array.from([...a, 0.9, NONE, NONE, 0.15]) }; // 1.05, OKS 1/2
    const exact: Labelled = { truth: labels(a, b), predicted: peaks(0.5, a, b) }; // 1.0, OKS 1
    // half is reached at 0.5 alone; elsewhere it stands first and fails: precision 1/2 up to recall 1/2
    const evaluation = evaluate(['a', 'b'], [exact, half]);
    expect(evaluation.oks_voc.map).toBeCloseTo(0.1 * 1 + 0.9 * 0.5 * plateau(1, 2), 12);
    expect(evaluation.oks_voc.mar).toBeCloseTo(0.1 * 1 + 0.9 * 0.5, 12);
  });

  it('keep the order of the frames where the scores are equal', () => {
    const good: Labelled = { truth: labels(a, b), predicted: peaks(0.5, a, b) };
    const poor: Labelled = { truth: labels(a, b), predicted: peaks(0.5, [5, 0], [35, 40]) };
    expect(evaluate(['a', 'b'], [good, poor]).oks_voc.map).toBeCloseTo(plateau(1, 2), 12);
    expect(evaluate(['a', 'b'], [poor, good]).oks_voc.map).toBeCloseTo(0.5 * plateau(1, 2), 12);
  });
});

it('a sum that lies on a match threshold is rounded as numpy does', () => {
  // PCK 0.7 ×5, 0.8, 0.7, 0.2: the mean is 0.65, in numpy 0.6499999999999999, which reaches 0.5, 0.55 and 0.6 only
  const errorsPx = [3.5, 3.5, 3.5, 3.5, 3.5, 2.5, 3.5, 8.5];
  const truth = labels(...errorsPx.map((_, k): Point => [100 * k, 100 * k]));
  const predicted = peaks(0.9, ...errorsPx.map((error, k): Point => [100 * k + error, 100 * k]));
  expect(evaluate([...'abcdefgh'], [{ truth, predicted }]).pck_voc.mar).toBeCloseTo(0.3, 12);
});

describe('labels whose box has no area', () => {
  it('are unmatched unless exact, but measured by keypoint and, in a line, by their length', () => {
    // a line of 100 px; 5 px is 0.05 of it, 15 px is 0.15
    const truth = labels([0, 20], [100, 20]);
    const evaluation = evaluate(['a', 'b'], [{ truth, predicted: peaks(0.9, [5, 20], [100, 35]) }]);
    expect(evaluation).toMatchObject({ frames: 1, instances_matched: 0, dist: { avg: null }, oks: { mean: null } });
    expect(evaluation.normalized_pck).toEqual({ thresholds: [0.1, 0.2], values: [0.5, 1], measured: 2 });
    expect(evaluation.keypoints[0]).toMatchObject({ avg: 5, pck: 0.5 });
    expect(evaluation.keypoints[1]).toMatchObject({ avg: 15, pck: 0 });
    const exact = evaluate(['a', 'b'], [{ truth, predicted: peaks(0.9, [0, 20], [100, 20]) }]);
    expect(exact).toMatchObject({ instances_matched: 1, oks: { mean: 1 } });
  });

  it('have no size when there is one keypoint', () => {
    const truth = labels([7, 8]);
    const evaluation = evaluate(['tip'], [{ truth, predicted: peaks(0.9, [7, 9.5]) }]);
    expect(evaluation).toMatchObject({ frames: 1, instances_matched: 0, pck: { values: null, mean: null } });
    expect(evaluation.normalized_pck).toEqual({ thresholds: [0.1, 0.2], values: null, measured: 0 });
    expect(evaluation.keypoints).toEqual([
      { keypoint: 'tip', visible: 1, found: 1, avg: 1.5, p50: 1.5, p90: 1.5, pck: 0.9 },
    ]);
    const exact = evaluate(['tip'], [{ truth, predicted: peaks(0.9, [7, 8]) }]);
    expect(exact).toMatchObject({ instances_matched: 1, dist: { avg: 0, p99: 0 }, oks: { mean: 1 } });
  });
});

describe('an evaluation with nothing to go by', () => {
  const empty = { avg: null, p50: null, p75: null, p90: null, p95: null, p99: null };

  it('gives 0 where labels were missed and null where there is nothing to measure', () => {
    const evaluation = evaluate(['a', 'b'], [{ truth: labels(...square), predicted: nothing(2) }]);
    expect(evaluation).toMatchObject({
      frames: 1,
      instances_matched: 0,
      dist: empty,
      oks: { mean: null },
      oks_voc: { map: 0, mar: 0 },
      pck_voc: { map: 0, mar: 0 },
      visibility: { tp: 0, fp: 0, tn: 0, fn: 0, precision: null, recall: null },
      normalized_pck: { values: [0, 0], measured: 2 },
    });
    expect(evaluation.keypoints[0]).toMatchObject({ visible: 1, found: 0, avg: null, p90: null, pck: 0 });
    expect(evaluationSchema.parse(evaluation)).toEqual(evaluation);
  });

  it('gives null everywhere without a labelled frame', () => {
    const evaluation = evaluate(['a', 'b'], [{ truth: labels(hidden, hidden), predicted: peaks(0.9, ...square) }]);
    expect(evaluation).toEqual(evaluate(['a', 'b'], []));
    expect(evaluation).toMatchObject({ frames: 0, dist: empty, oks_voc: { map: null, mar: null } });
    expect(evaluation.normalized_pck).toMatchObject({ values: null, measured: 0 });
    expect(evaluationSchema.parse(evaluation)).toEqual(evaluation);
  });
});

describe('any evaluation', () => {
  const NAMES = ['a', 'b', 'c', 'd'];
  // whole pixels, so that shifts are exact; the first two corners give every box an area
  const place = fc.tuple(fc.nat(500), fc.nat(500));
  const rest = fc.array(place, { minLength: 2, maxLength: 2 });
  const truths = fc.array(
    rest.map(points => [[0, 0] as Point, [600, 600] as Point, ...points]),
    { minLength: 1, maxLength: 6 },
  );
  const move = fc.option(fc.tuple(fc.integer({ min: -60, max: 60 }), fc.nat(60)), { nil: hidden });
  const frames = truths.chain(all =>
    fc.tuple(
      ...all.map(truth =>
        fc.record({
          truth: fc.constant(truth),
          moved: fc.array(move, { minLength: 4, maxLength: 4 }),
          score: fc.float({ min: 0, max: 1, noNaN: true }),
        }),
      ),
    ),
  );
  const plus = ([x, y]: Point, [dx, dy]: Point): Point => [x + dx, y + dy];

  it('of perfect predictions is 1 everywhere and 0 px', () => {
    fc.assert(
      fc.property(truths, all => {
        const labelled = all.map(truth => ({ truth: labels(...truth), predicted: peaks(0.7, ...truth) }));
        const evaluation = evaluate(NAMES, labelled);
        expect(evaluation).toMatchObject({
          instances_matched: all.length,
          oks: { mean: 1 },
          dist: { avg: 0, p50: 0, p75: 0, p90: 0, p95: 0, p99: 0 },
          pck: { values: Array(10).fill(1), mean: 1 },
          visibility: { precision: 1, recall: 1, fp: 0, fn: 0 },
          normalized_pck: { values: [1, 1], measured: 4 * all.length },
        });
        for (const value of Object.values(evaluation.oks_voc)) expect(value).toBeCloseTo(1, 12);
        for (const value of Object.values(evaluation.pck_voc)) expect(value).toBeCloseTo(1, 12);
        for (const keypoint of evaluation.keypoints) expect(keypoint).toMatchObject({ avg: 0, p90: 0, pck: 1 });
      }),
    );
  });

  it('stays the same when labels and predictions move together, and within the contract', () => {
    const shift = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(frames, shift, shift, (all, dx, dy) => {
        const at = (x: number, y: number): Evaluation =>
          evaluate(
            NAMES,
            all.map(({ truth, moved, score }) => ({
              truth: labels(...truth.map(point => plus(point, [x, y]))),
              predicted: peaks(score, ...truth.map((point, k) => plus(plus(point, moved[k]!), [x, y]))),
            })),
          );
        expect(at(dx, dy)).toEqual(at(0, 0));
        expect(evaluationSchema.parse(at(dx, dy))).toEqual(at(0, 0));
      }),
    );
  });
});
