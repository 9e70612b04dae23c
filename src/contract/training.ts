/**
 * A training as the API takes it and as it shows it.
 *
 * `training_config` keeps SLEAP's names and defaults (sleap/nn/config, v1.4.1). The object a client sends is stored as sent, so
 * model-info can echo it; trainingConfigSchema fills the defaults in. Unknown names are refused, never ignored.
 */
import { z } from 'zod';
import { taskStatusSchema } from './task.ts';

export const BACKBONES = ['unet', 'leap', 'hourglass', 'resnet', 'pretrained_encoder'] as const;
export type Backbone = (typeof BACKBONES)[number];

/** Backbones this build can train. The others are known names, answered with `not_available_yet`. */
export const AVAILABLE_BACKBONES: readonly Backbone[] = ['unet'];

export const ENCODERS = [
  ...['vgg16', 'vgg19', 'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152', 'resnext50', 'resnext101'],
  ...['inceptionv3', 'inceptionresnetv2', 'densenet121', 'densenet169', 'densenet201'],
  ...[
    'seresnet18',
    'seresnet34',
    'seresnet50',
    'seresnet101',
    'seresnet152',
    'seresnext50',
    'seresnext101',
    'senet154',
  ],
  ...['mobilenet', 'mobilenetv2', 'efficientnetb0', 'efficientnetb1', 'efficientnetb2', 'efficientnetb3'],
  ...['efficientnetb4', 'efficientnetb5', 'efficientnetb6', 'efficientnetb7'],
] as const;

const powerOfTwo = (name: string, most: number) =>
  z
    .int()
    .min(1)
    .max(most)
    .refine(value => (value & (value - 1)) === 0, `${name} must be a power of two`);

/** SLEAP's UNetConfig (sleap/nn/config/model.py). */
export const unetConfigSchema = z.strictObject({
  /** Channels of the first encoder block. */
  filters: z.int().min(1).max(1024).default(64),
  /** Factor on the channels per encoder block. */
  filters_rate: z.number().min(1).max(4).default(2),
  /** Input pixels per pixel of the deepest layer. */
  max_stride: powerOfTwo('max_stride', 128)
    .refine(value => value >= 2, 'max_stride must be at least 2')
    .default(16),
  /** Bilinear upsampling in the decoder instead of transposed convolutions. */
  up_interpolate: z.boolean().default(false),
});
export type UNetConfig = z.infer<typeof unetConfigSchema>;

/** SLEAP's LearningRateScheduleConfig: halve the rate when val_loss stops falling. */
const learningRateScheduleSchema = z.strictObject({
  reduce_on_plateau: z.boolean().default(true),
  reduction_factor: z.number().gt(0).lt(1).default(0.5),
  /** A fall of val_loss smaller than this does not count. */
  plateau_min_delta: z.number().min(0).default(1e-6),
  /** Epochs without a fall before the rate is reduced. */
  plateau_patience: z.int().min(1).default(5),
  /** Epochs after a reduction in which none is counted. */
  plateau_cooldown: z.int().min(0).default(3),
  min_learning_rate: z.number().min(0).default(1e-8),
});
export type LearningRateSchedule = z.infer<typeof learningRateScheduleSchema>;

/** SLEAP's EarlyStoppingConfig. */
const earlyStoppingSchema = z.strictObject({
  stop_training_on_plateau: z.boolean().default(true),
  plateau_min_delta: z.number().min(0).default(1e-6),
  plateau_patience: z.int().min(1).default(10),
});
export type EarlyStopping = z.infer<typeof earlyStoppingSchema>;

const fieldsSchema = z.strictObject({
  /** Share of the labelled frames used for validation (SLEAP's validation_fraction): at least one frame, never all. */
  test_fraction: z
    .number()
    .min(0)
    .lt(1, 'must be at least 0 and below 1: it is the share of frames kept for validation'),
  /** Upper bound; early stopping may end sooner. */
  num_epochs: z.int().min(1).max(1_000_000),
  learning_rate: z.number().gt(0).max(10),
  backbone_model: z.enum(BACKBONES),
  pretrained_encoder: z.enum(ENCODERS).nullish(),
  /** Spread of a confidence map's peak; in input pixels it is heads_sigma × heads_output_stride, as in SLEAP. */
  heads_sigma: z.number().gt(0).max(1000),
  /** Input pixels per confidence-map pixel. */
  heads_output_stride: z.int().min(1).max(128),
  /** Fields of the chosen backbone; checked against that backbone below. */
  backbone_config: z.record(z.string(), z.unknown()).optional(),
  /** Factor on width and height before the network sees an image. */
  input_scaling: z.number().gt(0).max(4).default(1),
  batch_size: z.int().min(1).max(1024).default(8),
  /** Steps an epoch; null means max(200, training frames / batch_size), as in SLEAP. */
  batches_per_epoch: z.int().min(1).max(1_000_000).nullable().default(null),
  /** Fixes split, initial weights and order; null draws one, which the model then shows. */
  seed: z.int().min(0).max(0xffffffff).nullable().default(null),
  learning_rate_schedule: learningRateScheduleSchema.prefault({}),
  early_stopping: earlyStoppingSchema.prefault({}),
});

/** A training_config as a client sends it. */
export type TrainingConfigInput = z.input<typeof fieldsSchema>;
/** The same with every default filled in; `backbone_config` is complete for the chosen backbone. */
export type TrainingConfig = Omit<z.output<typeof fieldsSchema>, 'backbone_config'> & { backbone_config: UNetConfig };

/** Marks the issue of a backbone that is known but cannot be trained yet. */
export const NOT_AVAILABLE_YET = 'not_available_yet';

/** Checks a training_config and fills in the defaults, those of the chosen backbone and its strides included. */
export const trainingConfigSchema = fieldsSchema.transform((config, context): TrainingConfig => {
  if (!AVAILABLE_BACKBONES.includes(config.backbone_model)) {
    context.addIssue({
      code: 'custom',
      path: ['backbone_model'],
      params: { reason: NOT_AVAILABLE_YET },
      message: `${config.backbone_model} is not available yet; this version trains: ${AVAILABLE_BACKBONES.join(', ')}`,
    });
    return z.NEVER;
  }
  const backbone = unetConfigSchema.safeParse(config.backbone_config ?? {});
  if (!backbone.success) {
    for (const issue of backbone.error.issues) {
      context.addIssue({ code: 'custom', path: ['backbone_config', ...issue.path], message: issue.message });
    }
    return z.NEVER;
  }
  const strides = unetStrides(backbone.data);
  if (!strides.includes(config.heads_output_stride)) {
    context.addIssue({
      code: 'custom',
      path: ['heads_output_stride'],
      message: `a unet with max_stride ${backbone.data.max_stride} supports the strides ${strides.join(', ')}`,
    });
    return z.NEVER;
  }
  return { ...config, backbone_config: backbone.data };
});

/** Strides a U-Net can put its head on: every power of two up to its deepest layer. */
export function unetStrides(config: UNetConfig): number[] {
  return Array.from({ length: Math.log2(config.max_stride) + 1 }, (_, i) => 2 ** i);
}

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

/** A model as `GET /api/models` and the page show it. Times are ISO 8601. */
export const modelResourceSchema = taskStatusSchema.extend({
  model_uid: z.uuid(),
  task_id: z.uuid(),
  training_config: z.record(z.string(), z.unknown()),
  /** In force for this training: the client's, or the one drawn at submission. */
  seed: z.number().int(),
  keypoints: z.array(z.string()).nullable(),
  frames: z.object({ train: z.number().int(), validation: z.number().int() }).nullable(),
  /** Trainable numbers of the network. */
  parameters: z.number().int().nullable(),
  /** Epochs finished so far. */
  epochs: z.number().int(),
  best_epoch: z.number().int().nullable(),
  last_epoch: epochRowSchema.nullable(),
  /** Validation error of the best weights; null until the training ended. */
  pixel_error: pixelErrorSchema.nullable(),
  /** Whether an inference can be run with it. */
  has_weights: z.boolean(),
  currently_training: z.boolean(),
  created_at: z.iso.datetime(),
  started_training_at: z.iso.datetime().nullable(),
  finished_training_at: z.iso.datetime().nullable(),
});
export type ModelResource = z.infer<typeof modelResourceSchema>;

export const modelUidSchema = z.uuid();
