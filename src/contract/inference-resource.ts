/** An inference as `GET /api/inferences/{id}` shows it, its overlay, and the frames of its predictions. Times are ISO 8601. */
import { z } from 'zod';
import { inferenceConfigSchema, overlayConfigSchema } from './inference.ts';
import { skeletonSchema } from './pose.ts';
import { TASK_STATES, taskResourceSchema, taskStatusSchema } from './task.ts';

const overlayResourceSchema = taskStatusSchema
  .pick({ state: true, phase: true, progress: true, error: true })
  .extend({
    task_id: z.uuid().describe('The task that makes it.'),
    overlay_config: overlayConfigSchema.describe('Of this task, with every default.'),
    ready: z
      .boolean()
      .describe('overlay.mp4 is there: that of this task once its state is succeeded, until then an earlier one.'),
  })
  .meta({ id: 'Overlay', description: 'The newest overlay that was asked for.' });
export type OverlayResource = z.infer<typeof overlayResourceSchema>;

const videoSchema = z
  .object({
    width_px: z.number().int().describe('Width of a frame as it is shown, px.'),
    height_px: z.number().int().describe('Height of a frame as it is shown, px.'),
    fps: z.number().nullable().describe('Frames a second as the container claims; null where it does not say.'),
    frames: z.number().int().nullable().describe('Frames as the container claims; null where it does not say.'),
    codec: z.string().describe('Name of the codec, such as h264.'),
    rotation_degrees: z
      .number()
      .int()
      .describe('0, 90, 180 or 270 degrees clockwise, already applied to what is predicted.'),
    variable_rate: z.boolean().nullable().describe('Frames come at uneven intervals; null: not known.'),
  })
  .meta({ id: 'Video', description: 'What is known of a video.' });

export const inferenceResourceSchema = taskStatusSchema
  .extend({
    results_id: z.number().int().describe('Names the inference.'),
    task_id: z.uuid().describe('The task that predicts.'),
    model_uid: z.uuid().describe('The model it is done with.'),
    file_name: z.string().describe('Name of the video, as it was sent.'),
    inference_config: inferenceConfigSchema.describe('In force: what was sent, and the defaults.'),
    video: videoSchema.nullable().describe('null until the worker has read it.'),
    keypoints: skeletonSchema.shape.keypoints,
    edges: skeletonSchema.shape.edges,
    frames_stored: z.number().int().describe('Frames whose predictions can be read.'),
    overlay: overlayResourceSchema.nullable().describe('The newest; null: none was ever asked for.'),
    ...taskResourceSchema.pick({ created_at: true, started_at: true, finished_at: true }).shape,
  })
  .meta({ id: 'Inference', description: 'One video run through one model.' });
export type InferenceResource = z.infer<typeof inferenceResourceSchema>;

/** One frame of predictions.json, one line of predictions.ndjson. */
export const predictedFrameSchema = z
  .object({
    frame: z.number().int().describe('Its number in the video, counted from 0.'),
    time: z.number().nullable().describe('Seconds since the start of the video; null: not known.'),
    score: z
      .number()
      .nullable()
      .describe('Sum of the scores of all keypoints, as SLEAP scores an instance; null: none was found.'),
    keypoints: z
      .record(z.string(), z.tuple([z.number().nullable(), z.number().nullable(), z.number().nullable()]))
      .describe(
        "By name: x px, y px, score; without a peak x and y are null and the score is the map's highest value.",
      ),
  })
  .meta({ id: 'PredictedFrame', description: 'What was found in one frame.' });
export type PredictedFrame = z.infer<typeof predictedFrameSchema>;

/** `GET /api/inferences/{id}/predictions.json`. */
export const predictionsSchema = z
  .object({
    results_id: z.number().int().describe('The inference.'),
    model_uid: z.uuid().describe('The model it is done with.'),
    state: z.enum(TASK_STATES).describe('Of the inference; succeeded, failed and canceled are final.'),
    frames_stored: z.number().int().describe('How many there were when the answer began.'),
    frames: z.array(predictedFrameSchema).describe('In order.'),
  })
  .meta({ id: 'Predictions', description: 'All that was found in a video so far.' });
