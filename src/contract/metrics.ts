/**
 * What an evaluation of labelled frames shows: SLEAP's metrics for one animal (sleap/nn/evals.py, v1.4.1) and two of ours.
 *
 * `dist`, `pck`, `oks` and `visibility` are SLEAP's, over matched frames only: those whose prediction has an OKS above 0. A frame without
 * a peak, or with peaks far from the labels alone, is missing from them. It shows in `instances_matched` against `frames`, lowers
 * `oks_voc` and `pck_voc`, and counts in `normalized_pck` and `keypoints`, which are ours and cover every labelled frame.
 * Lengths are pixels of the original images, shares run from 0 to 1; null: there was nothing to take the value over.
 */
import { z } from 'zod';

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const distancePx = z.number().nonnegative();

/** SLEAP's gvoc metrics; 0 when no frame was matched. Predictions that match no label are not in them, as in SLEAP. */
const vocSchema = z.object({
  /** Mean over the match thresholds 0.50, 0.55 … 0.95 of the average precision at the recalls 0, 0.01 … 1. */
  map: share.nullable(),
  /** Mean over the same thresholds of the share of frames that reach them. */
  mar: share.nullable(),
});

const keypointEvaluationSchema = z.object({
  keypoint: z.string(),
  /** Frames in which it is labelled. */
  visible: count,
  /** Those of them in which a peak was found. */
  found: count,
  /** Mean distance between label and peak where found, px. */
  avg: distancePx.nullable(),
  /** Median of the same, px. */
  p50: distancePx.nullable(),
  /** 90th percentile of the same, px. */
  p90: distancePx.nullable(),
  /** Share of `visible` closer than a threshold, mean over `pck.thresholds_px`; one without a peak is too far. */
  pck: share.nullable(),
});

export const evaluationSchema = z.object({
  /** Labelled frames evaluated; each holds one labelled animal. */
  frames: count,
  /** Those whose prediction was matched. */
  instances_matched: count,
  /** Distances between label and peak over matched frames, px: mean and percentiles. */
  dist: z.object({
    avg: distancePx.nullable(),
    p50: distancePx.nullable(),
    p75: distancePx.nullable(),
    p90: distancePx.nullable(),
    p95: distancePx.nullable(),
    p99: distancePx.nullable(),
  }),
  /** Share of correct keypoints. As in SLEAP, over all keypoints of matched frames: one without a label counts as wrong. */
  pck: z.object({
    /** A keypoint is correct when closer than this, px. */
    thresholds_px: z.array(z.number()),
    /** One for each threshold. */
    values: z.array(share).nullable(),
    /** Mean of `values`: SLEAP's mPCK. */
    mean: share.nullable(),
  }),
  /** Object keypoint similarity: 1 is perfect; falls with the distance squared over the area of the box around the labelled points. */
  oks: z.object({
    /** SLEAP's mOKS. */
    mean: share.nullable(),
  }),
  /** Match by OKS. */
  oks_voc: vocSchema,
  /** Match by the frame's own PCK, mean over thresholds and keypoints. */
  pck_voc: vocSchema,
  /** Whether peaks were found where there are labels, over keypoints of matched frames. */
  visibility: z.object({
    /** Label and peak. */
    tp: count,
    /** Peak without a label. */
    fp: count,
    /** Neither. */
    tn: count,
    /** Label without a peak. */
    fn: count,
    /** tp / (tp + fp) */
    precision: share.nullable(),
    /** tp / (tp + fn) */
    recall: share.nullable(),
  }),
  /**
   * Share of labelled keypoints closer than a part of the animal's size, which is the diagonal of the box around the frame's labelled
   * points. Unlike OKS it needs no area: points in a line along an axis have a diagonal too.
   */
  normalized_pck: z.object({
    /** Parts of the diagonal. */
    thresholds: z.array(z.number()),
    /** One for each threshold; a keypoint without a peak is too far. */
    values: z.array(share).nullable(),
    /** Labelled keypoints it was taken over. Frames with one labelled point, or all at one place, have no size and are left out. */
    measured: count,
  }),
  /** In the order of the skeleton. */
  keypoints: z.array(keypointEvaluationSchema),
});
export type Evaluation = z.infer<typeof evaluationSchema>;
