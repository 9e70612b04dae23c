/**
 * SLEAP's evaluation metrics for one animal per frame (sleap/nn/evals.py, v1.4.1), for results that can be compared with SLEAP's.
 *
 * Each frame has one labelled and at most one predicted instance, so matching asks only whether the OKS is above 0. An unmatched label is
 * a false negative, which the VOC part alone takes into account. SLEAP skips frames that its prediction file does not hold; here every
 * frame was predicted, so one without any peak is a false negative. When the box around the labels has no area (one point, a line along
 * an axis), OKS is 0 unless every digit agrees: such frames are unmatched, as in SLEAP.
 * Rounding follows numpy where a value meets a threshold. With nothing matched, SLEAP fails; here mAP and mAR are 0 and the rest null.
 * Left out: several animals per frame, SLEAP's lists of single distances and of precisions.
 */
import type { Evaluation } from '../../src/contract/metrics.ts';
import { type Labelled, mean, percentile } from './metrics.ts';

const OKS_STDDEV = 0.025;
const PCK_THRESHOLDS_PX = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** numpy.linspace(0.5, 0.95, 10), to the last digit. */
const MATCH_THRESHOLDS = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)));
/** numpy.linspace(0, 1, 101), likewise. */
const RECALL_THRESHOLDS = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));
const DIAGONAL_THRESHOLDS = [0.1, 0.2];

/** A frame's prediction beside its labels; arrays are [K]. */
interface Measured {
  visible: boolean[];
  found: boolean[];
  /** NaN where the label or the peak is missing. */
  distancesPx: number[];
  /** Diagonal of the box around the labelled points. */
  diagonalPx: number;
  oks: number;
  /** Mean over keypoints and thresholds. */
  pck: number;
  /** What predictions are ranked by. */
  score: number;
}

/** Frames without any label hold no instance and are left out. */
export function evaluate(keypoints: readonly string[], labelled: readonly Labelled[]): Evaluation {
  const frames = labelled.map(measure).filter(frame => frame.visible.includes(true));
  const matched = frames.filter(frame => frame.oks > 0);
  return {
    frames: frames.length,
    instances_matched: matched.length,
    dist: distances(matched),
    pck: correctKeypoints(matched),
    oks: { mean: mean(matched.map(frame => frame.oks)) },
    oks_voc: voc(matched, frame => frame.oks, frames.length),
    pck_voc: voc(matched, frame => frame.pck, frames.length),
    visibility: visibility(matched),
    normalized_pck: normalizedPck(frames),
    keypoints: keypoints.map((keypoint, k) => ({ keypoint, ...keypointEvaluation(frames, k) })),
  };
}

function measure({ truth, predicted }: Labelled): Measured {
  const indices = Array.from({ length: truth.length / 2 }, (_, k) => k);
  const distancesPx = indices.map(k => {
    const dx = predicted[3 * k]! - truth[2 * k]!;
    const dy = predicted[3 * k + 1]! - truth[2 * k + 1]!;
    return Math.sqrt(dx * dx + dy * dy); // as numpy; the last digit of Math.hypot differs
  });
  const visible = indices.map(k => !Number.isNaN(truth[2 * k]! + truth[2 * k + 1]!));
  const shown = indices.filter(k => visible[k]);
  const widthPx = extent(shown.map(k => truth[2 * k]!));
  const heightPx = extent(shown.map(k => truth[2 * k + 1]!));
  const pcks = distancesPx.map(distance => mean(PCK_THRESHOLDS_PX.map(limit => Number(distance < limit)))!);
  // SLEAP adds up the peak values of all keypoints, those below the peak threshold, which give no point, included.
  const peakValues = indices.map(k => predicted[3 * k + 2]!).filter(value => !Number.isNaN(value));
  return {
    visible,
    found: indices.map(k => !Number.isNaN(predicted[3 * k]! + predicted[3 * k + 1]!)),
    distancesPx,
    diagonalPx: Math.hypot(widthPx, heightPx),
    oks: oks(distancesPx, shown.length, widthPx * heightPx),
    pck: sumAsNumpy(pcks) / pcks.length,
    score: peakValues.reduce((sum, value) => sum + value, 0),
  };
}

function extent(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
}

/** Object keypoint similarity in COCO's form; the area is that of the box around the labelled points. */
function oks(distancesPx: readonly number[], nVisible: number, areaPx2: number): number {
  const spread = (2 * OKS_STDDEV) ** 2 * 2 * (areaPx2 + Number.EPSILON);
  return sumAsNumpy(distancesPx.map(d => (Number.isNaN(d) ? 0 : Math.exp(-(d * d) / spread)))) / nVisible;
}

/**
 * numpy's pairwise sum: frames whose PCK lies on a match threshold fall to either side of it with the order of the sum
 * (5 in 100 of random ones with 8 keypoints).
 */
function sumAsNumpy(values: readonly number[]): number {
  const n = values.length;
  if (n > 128) {
    const half = Math.floor(n / 16) * 8;
    return sumAsNumpy(values.slice(0, half)) + sumAsNumpy(values.slice(half));
  }
  const inLanes = n < 8 ? 0 : n - (n % 8);
  const lanes = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < inLanes; i++) lanes[i % 8]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = lanes as [number, number, number, number, number, number, number, number];
  return values.slice(inLanes).reduce((sum, value) => sum + value, a + b + (c + d) + (e + f + (g + h)));
}

function distances(matched: readonly Measured[]): Evaluation['dist'] {
  const all = matched.flatMap(frame => frame.distancesPx).filter(distance => !Number.isNaN(distance));
  const [p50, p75, p90, p95, p99] = [50, 75, 90, 95, 99].map(percent => percentile(all, percent));
  return { avg: mean(all), p50: p50!, p75: p75!, p90: p90!, p95: p95!, p99: p99! };
}

function correctKeypoints(matched: readonly Measured[]): Evaluation['pck'] {
  const values = sharesBelow(
    matched.flatMap(frame => frame.distancesPx),
    PCK_THRESHOLDS_PX,
  );
  return { thresholds_px: PCK_THRESHOLDS_PX, values, mean: values && mean(values) };
}

/** Share of the values below each limit; NaN is below none. */
function sharesBelow(values: readonly number[], limits: readonly number[]): number[] | null {
  if (values.length === 0) return null;
  return limits.map(limit => values.filter(value => value < limit).length / values.length);
}

function voc(
  matched: readonly Measured[],
  matchScore: (frame: Measured) => number,
  nInstances: number,
): Evaluation['oks_voc'] {
  if (nInstances === 0) return { map: null, mar: null };
  const scores = matched.toSorted((a, b) => b.score - a.score).map(matchScore);
  const results = MATCH_THRESHOLDS.map(threshold => precisionAndRecall(scores, threshold, nInstances));
  return { map: mean(results.map(result => result.precision)), mar: mean(results.map(result => result.recall)) };
}

/** Precision averaged over the recall thresholds, and the highest recall. @param scores best ranked first. */
function precisionAndRecall(scores: readonly number[], threshold: number, nInstances: number) {
  const precisions: number[] = [];
  const recalls: number[] = [];
  let nReached = 0;
  for (const score of scores) {
    if (score >= threshold) nReached++;
    precisions.push(nReached / (precisions.length + 1 + Number.EPSILON));
    recalls.push(nReached / nInstances);
  }
  for (let i = precisions.length - 1; i > 0; i--) precisions[i - 1] = Math.max(precisions[i - 1]!, precisions[i]!);
  const interpolated = RECALL_THRESHOLDS.map(wanted => precisions[recalls.findIndex(recall => recall >= wanted)] ?? 0);
  return { precision: mean(interpolated)!, recall: recalls.at(-1) ?? 0 };
}

function visibility(matched: readonly Measured[]): Evaluation['visibility'] {
  const visible = matched.flatMap(frame => frame.visible);
  const found = matched.flatMap(frame => frame.found);
  const count = (isVisible: boolean, isFound: boolean) =>
    visible.filter((value, i) => value === isVisible && found[i] === isFound).length;
  const [tp, fp, tn, fn] = [count(true, true), count(false, true), count(false, false), count(true, false)];
  return { tp, fp, tn, fn, precision: ratio(tp, tp + fp), recall: ratio(tp, tp + fn) };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** A frame whose labelled points are all at one place says nothing of the animal's size, and another's size would be a guess. */
function normalizedPck(frames: readonly Measured[]): Evaluation['normalized_pck'] {
  const parts = frames
    .filter(frame => frame.diagonalPx > 0)
    .flatMap(({ distancesPx, diagonalPx, visible }) =>
      distancesPx.filter((_, k) => visible[k]).map(distance => distance / diagonalPx),
    );
  return { thresholds: DIAGONAL_THRESHOLDS, values: sharesBelow(parts, DIAGONAL_THRESHOLDS), measured: parts.length };
}

function keypointEvaluation(frames: readonly Measured[], k: number): Omit<Evaluation['keypoints'][number], 'keypoint'> {
  const visible = frames.filter(frame => frame.visible[k]).map(frame => frame.distancesPx[k]!);
  const found = visible.filter(distance => !Number.isNaN(distance));
  const shares = sharesBelow(visible, PCK_THRESHOLDS_PX);
  return {
    visible: visible.length,
    found: found.length,
    avg: mean(found),
    p50: percentile(found, 50),
    p90: percentile(found, 90),
    pck: shares && mean(shares),
  };
}
