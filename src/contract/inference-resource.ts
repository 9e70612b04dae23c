/** An inference as `GET /api/inferences/{id}` shows it, its overlay, and the frames of its predictions. Times are ISO 8601. */
import { z } from 'zod';
import { inferenceConfigSchema, overlayConfigSchema } from './inference.ts';
import { skeletonSchema } from './pose.ts';
import { TASK_STATES, taskResourceSchema, taskStatusSchema } from './task.ts';

/** The newest overlay that was asked for. */
const overlayResourceSchema = taskStatusSchema.pick({ state: true, phase: true, progress: true, error: true }).extend({
  task_id: z.uuid(),
  /** Of this task, with every default. */
  overlay_config: overlayConfigSchema,
  /** overlay.mp4 is there: that of this task once its state is succeeded, until then an earlier one. */
  ready: z.boolean(),
});
export type OverlayResource = z.infer<typeof overlayResourceSchema>;

export const inferenceResourceSchema = taskStatusSchema.extend({
  results_id: z.number().int(),
  task_id: z.uuid(),
  model_uid: z.uuid(),
  file_name: z.string(),
  /** With every default. */
  inference_config: inferenceConfigSchema,
  /** null until the worker has read it. */
  video: z
    .object({
      width_px: z.number().int(),
      height_px: z.number().int(),
      fps: z.number().nullable(),
      frames: z.number().int().nullable(),
      codec: z.string(),
      rotation_degrees: z.number().int(),
      variable_rate: z.boolean().nullable(),
    })
    .nullable(),
  keypoints: skeletonSchema.shape.keypoints,
  edges: skeletonSchema.shape.edges,
  /** Frames whose predictions can be read. */
  frames_stored: z.number().int(),
  /** null: none was ever asked for. */
  overlay: overlayResourceSchema.nullable(),
  ...taskResourceSchema.pick({ created_at: true, started_at: true, finished_at: true }).shape,
});
export type InferenceResource = z.infer<typeof inferenceResourceSchema>;

/** One frame of predictions.json, one line of predictions.ndjson. */
export const predictedFrameSchema = z.object({
  /** Counted from 0. */
  frame: z.number().int(),
  /** Seconds since the start of the video; null: not known. */
  time: z.number().nullable(),
  /** Sum of the scores of all keypoints, as SLEAP scores an instance; null: none was found. */
  score: z.number().nullable(),
  /** x px, y px, score. x and y are null where no peak was found; the score is then the map's highest value. */
  keypoints: z.record(z.string(), z.tuple([z.number().nullable(), z.number().nullable(), z.number().nullable()])),
});
export type PredictedFrame = z.infer<typeof predictedFrameSchema>;

/** `GET /api/inferences/{id}/predictions.json`. */
export const predictionsSchema = z.object({
  results_id: z.number().int(),
  model_uid: z.uuid(),
  state: z.enum(TASK_STATES),
  /** When the answer began. */
  frames_stored: z.number().int(),
  frames: z.array(predictedFrameSchema),
});
