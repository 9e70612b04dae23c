/** A model as the API shows it: where its training stands, its log, and how far its predictions are from the labels. */
import { z } from 'zod';
import { evaluationSchema } from './metrics.ts';
import { type TaskKind, taskStatusSchema } from './task.ts';

/** One line of the training log. */
export const epochRowSchema = z.object({
  /** Counted from 0. */
  epoch: z.number().int().nonnegative(),
  /** Mean squared error over the confidence maps of the epoch's training batches. */
  loss: z.number(),
  /** The same over every validation frame once. */
  val_loss: z.number(),
  /** Learning rate used in this epoch. */
  lr: z.number(),
  /** Wall time of the epoch, validation included. */
  seconds: z.number(),
});
export type EpochRow = z.infer<typeof epochRowSchema>;

/** Mean and percentiles of the distance between label and prediction over visible validation keypoints, in original pixels. */
export const pixelErrorSchema = z.object({
  /** Distances measured: visible keypoints with a prediction. */
  count: z.number().int(),
  /** Visible keypoints for which no peak was found. */
  missed: z.number().int(),
  mean: z.number().nullable(),
  median: z.number().nullable(),
  p90: z.number().nullable(),
  /** Median and mean error of always answering each keypoint's mean training position: what a useful model must beat. */
  baseline_mean: z.number().nullable(),
  baseline_median: z.number().nullable(),
  keypoints: z.array(z.object({ keypoint: z.string(), count: z.number().int(), mean: z.number().nullable() })),
});
export type PixelError = z.infer<typeof pixelErrorSchema>;

/** How a model came here: trained by this service, or brought from elsewhere. */
export const originSchema = z.enum(['training', 'import']);
export type Origin = z.infer<typeof originSchema>;

/** @param kind of the task that made the model. */
export function originOf(kind: TaskKind): Origin {
  return kind === 'import' ? 'import' : 'training';
}

/** The published ImageNet weights that an encoder began with. */
export const initialWeightsSchema = z.object({ file: z.string(), sha256: z.string() });
export type InitialWeights = z.infer<typeof initialWeightsSchema>;

/** Labelled frames by what they were used for. */
export const frameCountsSchema = z.object({
  train: z.number().int(),
  validation: z.number().int(),
  holdout: z.number().int(),
});
export type FrameCounts = z.infer<typeof frameCountsSchema>;

/** `GET /api/models/{uid}/metrics.json`. */
export const modelMetricsSchema = z.object({
  epochs: z.array(epochRowSchema.extend({ metrics: evaluationSchema.nullable() })),
  best_epoch: z.number().int().nullable(),
  validation: evaluationSchema.nullable(),
  holdout: evaluationSchema.nullable(),
  pixel_error: pixelErrorSchema.nullable(),
});
export type ModelMetrics = z.infer<typeof modelMetricsSchema>;

/** A model as `GET /api/models` and the page show it. Times are ISO 8601. */
export const modelResourceSchema = taskStatusSchema.extend({
  model_uid: z.uuid(),
  task_id: z.uuid(),
  /** What people call it: `PATCH /api/models/{uid}`. */
  name: z.string().nullable(),
  tags: z.array(z.string()),
  origin: originSchema,
  /** As it was sent; of an imported model, as it was read from its files. */
  training_config: z.record(z.string(), z.unknown()),
  /** In force for this training: the client's, or the one drawn at submission. */
  seed: z.number().int(),
  keypoints: z.array(z.string()).nullable(),
  frames: frameCountsSchema.nullable(),
  /** Trainable numbers of the network. */
  parameters: z.number().int().nullable(),
  /** null: random numbers, no encoder, or not known (yet). */
  initial_weights: initialWeightsSchema.nullable(),
  /** Epochs finished so far. */
  epochs: z.number().int(),
  best_epoch: z.number().int().nullable(),
  last_epoch: epochRowSchema.nullable(),
  /** Validation error of the best weights; null until the training ended. */
  pixel_error: pixelErrorSchema.nullable(),
  /** SLEAP's measures of the best weights; null until the training ended. `holdout`: over frames it never saw, null if none were kept. */
  evaluation: z.object({ validation: evaluationSchema, holdout: evaluationSchema.nullable() }).nullable(),
  /** Whether an inference can be run with it. */
  has_weights: z.boolean(),
  currently_training: z.boolean(),
  created_at: z.iso.datetime(),
  started_training_at: z.iso.datetime().nullable(),
  finished_training_at: z.iso.datetime().nullable(),
});
export type ModelResource = z.infer<typeof modelResourceSchema>;

export const modelUidSchema = z.uuid();
