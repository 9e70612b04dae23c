/** A model as the API shows it: where its training stands, its log, and how far its predictions are from the labels. */
import { z } from 'zod';
import { evaluationSchema } from './metrics.ts';
import { skeletonSchema } from './pose.ts';
import { type TaskKind, taskStatusSchema } from './task.ts';

export const epochRowSchema = z
  .object({
    epoch: z.number().int().nonnegative().describe('Counted from 0.'),
    loss: z.number().describe("Mean squared error over the confidence maps of the epoch's training batches."),
    val_loss: z.number().describe('The same over every validation frame once, after the epoch.'),
    lr: z.number().describe('Learning rate used in this epoch.'),
    seconds: z.number().describe('Wall time of the epoch in seconds, validation included.'),
  })
  .meta({ id: 'EpochRow', description: 'One line of the training log.' });
export type EpochRow = z.infer<typeof epochRowSchema>;

export const pixelErrorSchema = z
  .object({
    count: z.number().int().describe('Distances measured: visible keypoints with a prediction.'),
    missed: z.number().int().describe('Visible keypoints for which no peak was found.'),
    mean: z.number().nullable().describe('Mean distance, px; null: none was measured.'),
    median: z.number().nullable().describe('Median distance, px.'),
    p90: z.number().nullable().describe('90th percentile of the distance, px.'),
    baseline_mean: z
      .number()
      .nullable()
      .describe("Mean error of always answering each keypoint's mean training position, px: what a model must beat."),
    baseline_median: z.number().nullable().describe('Median error of the same, px.'),
    keypoints: z
      .array(
        z.object({
          keypoint: z.string().describe('Its name.'),
          count: z.number().int().describe('Distances measured.'),
          mean: z.number().nullable().describe('Mean distance, px; null: none was measured.'),
        }),
      )
      .describe('The same for each keypoint, in the order of the skeleton.'),
  })
  .meta({
    id: 'PixelError',
    description:
      'Distance between label and prediction over visible validation keypoints, in px of the original images.',
  });
export type PixelError = z.infer<typeof pixelErrorSchema>;

export const originSchema = z
  .enum(['training', 'import'])
  .describe('Trained by this service, or brought from elsewhere.');
export type Origin = z.infer<typeof originSchema>;

/** @param kind of the task that made the model. */
export function originOf(kind: TaskKind): Origin {
  return kind === 'import' ? 'import' : 'training';
}

export const initialWeightsSchema = z
  .object({
    file: z.string().describe('Name of the published file.'),
    sha256: z.string().describe('Of its content, in lower-case hex.'),
  })
  .meta({ id: 'InitialWeights', description: 'The published ImageNet weights that an encoder began with.' });
export type InitialWeights = z.infer<typeof initialWeightsSchema>;

export const frameCountsSchema = z
  .object({
    train: z.number().int().describe('Frames the network was trained on.'),
    validation: z.number().int().describe('Frames that chose the best weights and the learning rate.'),
    holdout: z.number().int().describe('Frames that no decision rests on.'),
  })
  .meta({ id: 'FrameCounts', description: 'Labelled frames by what they were used for.' });
export type FrameCounts = z.infer<typeof frameCountsSchema>;

const bestEpoch = z
  .number()
  .int()
  .nullable()
  .describe("The epoch with the lowest val_loss, counted from 0, whose weights are the model's; null: none has ended.");

export const modelInputSchema = z
  .object({
    width_px: z.number().int().nullable().describe('Width of the training images before scaling; null: not known.'),
    height_px: z.number().int().nullable().describe('Their height; null: not known.'),
    channels: z.union([z.literal(1), z.literal(3)]).describe('1 gray, 3 RGB.'),
    frozen: z.boolean().describe('The encoder kept the weights it began with.'),
  })
  .meta({ id: 'ModelInput', description: 'What the network saw while training.' });

/** `GET /api/models/{uid}/metrics.json`. */
export const modelMetricsSchema = z
  .object({
    epochs: z
      .array(
        epochRowSchema.extend({
          metrics: evaluationSchema
            .nullable()
            .describe('Over the validation frames, after the epoch; null: not measured.'),
        }),
      )
      .describe('In order.'),
    best_epoch: bestEpoch,
    validation: evaluationSchema.nullable().describe('Of the best weights, over the validation frames.'),
    holdout: evaluationSchema.nullable().describe('Of the best weights, over frames that training never saw.'),
    pixel_error: pixelErrorSchema.nullable().describe('Of the best weights, over the validation frames.'),
  })
  .meta({ id: 'ModelMetrics', description: "SLEAP's measures of each epoch and of the best weights." });
export type ModelMetrics = z.infer<typeof modelMetricsSchema>;

/** A model as `GET /api/models` and the page show it. Times are ISO 8601. */
export const modelResourceSchema = taskStatusSchema
  .extend({
    model_uid: z.uuid().describe('Names the model.'),
    task_id: z.uuid().describe('The task that trains or imports it.'),
    name: z.string().nullable().describe('What people call it; null: nothing yet.'),
    tags: z.array(z.string()).describe('Words by which people find it.'),
    origin: originSchema,
    training_config: z
      .record(z.string(), z.unknown())
      .describe('As it was sent; of an imported model, as it was read from its files.'),
    seed: z.number().int().describe("In force for this training: the client's, or the one drawn at submission."),
    keypoints: z.array(z.string()).nullable().describe('Names, in channel order; null until the dataset was read.'),
    edges: skeletonSchema.shape.edges
      .nullable()
      .describe('[parent, child] as indices into `keypoints`; null until the dataset was read.'),
    frames: frameCountsSchema.nullable().describe('null until the dataset was read.'),
    parameters: z.number().int().nullable().describe('Trainable numbers of the network; null: not known yet.'),
    input: modelInputSchema.nullable().describe('null until the dataset was read.'),
    device: z
      .string()
      .nullable()
      .describe('What it is trained on, in the words of its worker; null: not known, or not yet.'),
    initial_weights: initialWeightsSchema.nullable().describe('null: random numbers, no encoder, or not known (yet).'),
    epochs: z.number().int().describe('Epochs finished so far.'),
    best_epoch: bestEpoch,
    last_epoch: epochRowSchema.nullable().describe('The newest line of the training log; null: no epoch has ended.'),
    pixel_error: pixelErrorSchema
      .nullable()
      .describe('Validation error of the best weights; null until the training ended.'),
    evaluation: z
      .object({
        validation: evaluationSchema.describe('Over the validation frames.'),
        holdout: evaluationSchema.nullable().describe('Over frames that training never saw; null: none were kept.'),
      })
      .nullable()
      .describe("SLEAP's measures of the best weights; null until the training ended."),
    has_weights: z.boolean().describe('Whether an inference can be run with it.'),
    currently_training: z.boolean().describe('Its task is queued or active.'),
    created_at: z.iso.datetime().describe('When it was submitted, ISO 8601 in UTC.'),
    started_training_at: z.iso.datetime().nullable().describe('When a worker first began it; null: it waits.'),
    finished_training_at: z.iso
      .datetime()
      .nullable()
      .describe('When its task ended, however it ended; null: it has not.'),
  })
  .meta({ id: 'Model', description: 'One training or import, and what it yields.' });
export type ModelResource = z.infer<typeof modelResourceSchema>;

export const modelUidSchema = z.uuid();
