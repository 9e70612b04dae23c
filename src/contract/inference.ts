/** Running a model on a video: what is asked, and the results in the shape that existing clients read. */
import { z } from 'zod';
import { progressSchema, TASK_STATES, taskErrorSchema } from './task.ts';

/** `{"<frame>": {"<keypoint>": [x, y] or [null, null]}}`, original pixels; null until every frame is there. */
export const inferenceResultSchema = z.object({
  id: z.number().int(),
  keypoints: z
    .record(z.string(), z.record(z.string(), z.tuple([z.number().nullable(), z.number().nullable()])))
    .nullable(),
  task_id: z.uuid(),
  state: z.enum(TASK_STATES),
  /** Frames done so far. */
  progress: progressSchema.nullable(),
  warnings: z.array(z.string()),
  error: taskErrorSchema.nullable(),
});
export type InferenceResult = z.infer<typeof inferenceResultSchema>;

/** What ffprobe and the decoder know of a video. */
export const videoInfoSchema = z.object({
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** Frames a second as the container claims; null where it does not say. */
  fps: z.number().nullable(),
  /** Frames the container claims to hold; null where it does not say (webm). */
  frames: z.number().int().nullable(),
  codec: z.string(),
  /** Clockwise degrees a player would turn the picture: 0, 90, 180 or 270. Frames are delivered turned. */
  rotationDegrees: z.number().int(),
});
export type VideoInfo = z.infer<typeof videoInfoSchema>;

/** Ids of `GET /api/inference-results?ids=1,2`: integers that fit Postgres' integer type. */
export const resultIdsSchema = z
  .string()
  .transform(text => text.split(',').map(part => part.trim()))
  .pipe(
    z
      .array(z.string().regex(/^\d{1,10}$/, 'each id is a whole number'))
      .min(1)
      .max(1000),
  )
  .transform(ids => ids.map(Number))
  .pipe(z.array(z.number().max(2_147_483_647)));
