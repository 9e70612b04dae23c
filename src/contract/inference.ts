/** Running a model on a video: what is asked, and the results in the shape that existing clients read. */
import { z } from 'zod';
import { parseFrameRuns } from './frame-runs.ts';
import { USUAL_PEAKS } from './global-peaks.ts';
import { progressSchema, TASK_STATES, taskErrorSchema } from './task.ts';

const REFINEMENTS = ['integral', 'local'] as const;
const PRECISIONS = ['auto', 'fp32', 'mixed'] as const;

export const inferenceConfigSchema = z
  .strictObject({
    peak_threshold: z
      .number()
      .min(0)
      .max(1)
      .default(USUAL_PEAKS.threshold)
      .describe('A confidence map whose highest value is below it has no peak.'),
    refinement: z
      .enum(REFINEMENTS)
      .nullable()
      .default(USUAL_PEAKS.refinement)
      .describe(
        'integral: mean position weighted by the map; local: a quarter of a px to the higher neighbour; null: whole px.',
      ),
    integral_patch_size: z
      .int()
      .min(3)
      .max(31)
      .refine(px => px % 2 === 1, 'must be odd, so that the peak is its middle')
      .default(USUAL_PEAKS.patchSize)
      .describe('Side of the square that integral refinement looks at, in map pixels; odd.'),
    batch_size: z
      .int()
      .min(1)
      .max(1024)
      .nullable()
      .default(null)
      .describe("Frames computed at once; null: what suits the worker's device."),
    frames: z
      .string()
      .max(100_000)
      .nullable()
      .default(null)
      .refine(text => parseFrameRuns(text, 1) !== null, {
        message: 'must list frames and ranges, such as 0-99,150,300-',
      })
      .describe('Frames to predict, such as `0-99,150,300-`, counted from 0, both ends included; null: all.'),
    frame_step: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe('Every n-th frame, counted from the beginning of each range.'),
    precision: z
      .enum(PRECISIONS)
      .default('auto')
      .describe(
        'mixed: convolutions multiply in float16 where the device can; auto: where that is faster and agrees with fp32.',
      ),
  })
  .meta({
    id: 'InferenceConfig',
    description: "How a video is predicted; names are those of SLEAP's predictors and of its command line.",
  });
/** As a client sends it. */
export type InferenceConfigInput = z.input<typeof inferenceConfigSchema>;
export type InferenceConfig = z.output<typeof inferenceConfigSchema>;

export const inferenceResultSchema = z
  .object({
    id: z.number().int().describe('The results_id of the submission.'),
    keypoints: z
      .record(z.string(), z.record(z.string(), z.tuple([z.number().nullable(), z.number().nullable()])))
      .nullable()
      .describe(
        '{"<frame>": {"<keypoint>": [x, y] or [null, null]}} in px of the original video; null until every frame is there.',
      ),
    task_id: z.uuid().describe('The task that predicts.'),
    state: z.enum(TASK_STATES).describe('succeeded, failed and canceled are final.'),
    progress: progressSchema.nullable().describe('Frames done so far.'),
    warnings: z.array(z.string()).describe('Sentences about what was left out, guessed or made do with.'),
    error: taskErrorSchema.nullable().describe('Why it failed; null: it has not.'),
  })
  .meta({ id: 'InferenceResult', description: 'What was found in a video, once all of it was looked at.' });
export type InferenceResult = z.infer<typeof inferenceResultSchema>;

/** What ffprobe and the decoder know of a video. */
export const videoInfoSchema = z.object({
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** Frames a second as the container claims; null where it does not say. */
  fps: z.number().nullable(),
  /** Frames that a player shows; more than can be read where the file was cut short; null where neither a count nor packets tell. */
  frames: z.number().int().nullable(),
  codec: z.string(),
  /** Clockwise degrees a player would turn the picture: 0, 90, 180 or 270. Frames are delivered turned. */
  rotationDegrees: z.number().int(),
  /** Frames do not come at even intervals; null where packets do not tell the times of frames. */
  variableRate: z.boolean().nullable(),
});
export type VideoInfo = z.infer<typeof videoInfoSchema>;

export const overlayConfigSchema = z
  .strictObject({
    trail_length: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe('Earlier frames whose positions are drawn as a line behind each keypoint.'),
    peak_threshold: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(null)
      .describe('Keypoints with a lower score are left out; null: those that the inference found are drawn.'),
    radius_px: z
      .number()
      .gt(0)
      .max(100)
      .nullable()
      .default(null)
      .describe('Radius of a keypoint, in video pixels; null: a hundredth of the shorter side, at least 2.'),
    preset: z
      .enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'])
      .default('ultrafast')
      .describe("x264's presets: the faster, the larger the file."),
    crf: z.int().min(0).max(51).default(23).describe("x264's constant rate factor: lower looks better and is larger."),
  })
  .meta({ id: 'OverlayConfig', description: 'How an overlay is drawn and encoded.' });
export type OverlayConfigInput = z.input<typeof overlayConfigSchema>;
export type OverlayConfig = z.output<typeof overlayConfigSchema>;

/** The number of an inference: an integer that fits Postgres' integer type. */
export const resultIdSchema = z
  .string()
  .regex(/^\d{1,10}$/, 'each id is a whole number')
  .transform(Number)
  .pipe(z.number().max(2_147_483_647));

/** Ids of `GET /api/inference-results?ids=1,2`. */
export const resultIdsSchema = z
  .string()
  .transform(text => text.split(',').map(part => part.trim()))
  .pipe(z.array(resultIdSchema).min(1).max(1000));
