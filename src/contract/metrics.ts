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

const distance = (what: string) => distancePx.nullable().describe(`${what}, px.`);

/** SLEAP's gvoc metrics; 0 when no frame was matched. Predictions that match no label are not in them, as in SLEAP. */
const vocSchema = z.object({
  map: share
    .nullable()
    .describe('Mean over the thresholds 0.50, 0.55 … 0.95 of the average precision at the recalls 0, 0.01 … 1.'),
  mar: share.nullable().describe('Mean over the same thresholds of the share of frames that reach them.'),
});

const keypointEvaluationSchema = z.object({
  keypoint: z.string().describe('Its name.'),
  visible: count.describe('Frames in which it is labelled.'),
  found: count.describe('Those of them in which a peak was found.'),
  avg: distance('Mean distance between label and peak where found'),
  p50: distance('Median of the same'),
  p90: distance('90th percentile of the same'),
  pck: share
    .nullable()
    .describe(
      'Share of `visible` closer than a threshold, mean over pck.thresholds_px; one without a peak is too far.',
    ),
});

export const evaluationSchema = z
  .object({
    frames: count.describe('Labelled frames evaluated; each holds one labelled animal.'),
    instances_matched: count.describe('Those whose prediction was matched: its OKS is above 0.'),
    dist: z
      .object({
        avg: distance('Mean'),
        p50: distance('Median'),
        p75: distance('75th percentile'),
        p90: distance('90th percentile'),
        p95: distance('95th percentile'),
        p99: distance('99th percentile'),
      })
      .describe('Distances between label and peak over matched frames, px.'),
    pck: z
      .object({
        thresholds_px: z.array(z.number()).describe('A keypoint is correct when closer than this, px.'),
        values: z.array(share).nullable().describe('Share of correct keypoints, one for each threshold.'),
        mean: share.nullable().describe("Mean of `values`: SLEAP's mPCK."),
      })
      .describe(
        'Share of correct keypoints. As in SLEAP, over all keypoints of matched frames: one without a label counts as wrong.',
      ),
    oks: z
      .object({ mean: share.nullable().describe("SLEAP's mOKS.") })
      .describe(
        'Object keypoint similarity: 1 is perfect; falls with the distance squared over the area of the box around the labels.',
      ),
    oks_voc: vocSchema.describe('Average precision and recall, matched by OKS.'),
    pck_voc: vocSchema.describe("The same, matched by the frame's own PCK, mean over thresholds and keypoints."),
    visibility: z
      .object({
        tp: count.describe('Label and peak.'),
        fp: count.describe('Peak without a label.'),
        tn: count.describe('Neither.'),
        fn: count.describe('Label without a peak.'),
        precision: share.nullable().describe('tp / (tp + fp)'),
        recall: share.nullable().describe('tp / (tp + fn)'),
      })
      .describe('Whether peaks were found where there are labels, over keypoints of matched frames.'),
    // Unlike OKS it needs no area: points in a line along an axis have a diagonal too.
    normalized_pck: z
      .object({
        thresholds: z.array(z.number()).describe('Parts of the diagonal.'),
        values: z.array(share).nullable().describe('One for each threshold; a keypoint without a peak is too far.'),
        measured: count.describe(
          'Labelled keypoints it was taken over; frames with one point, or all at one place, have no size and are left out.',
        ),
      })
      .describe(
        "Share of labelled keypoints closer than a part of the animal's size, the diagonal of the box around its labels.",
      ),
    keypoints: z.array(keypointEvaluationSchema).describe('In the order of the skeleton.'),
  })
  .meta({
    id: 'Evaluation',
    description: "SLEAP's measures over labelled frames; shares run from 0 to 1; null: nothing to take the value over.",
  });
export type Evaluation = z.infer<typeof evaluationSchema>;
