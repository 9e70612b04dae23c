/**
 * A training as the API takes it: `training_config`.
 *
 * It keeps SLEAP's names and defaults (sleap/nn/config, v1.4.1). The object a client sends is stored as sent, so model-info can echo it;
 * trainingConfigSchema fills the defaults in. Unknown names are refused, never ignored. Backbones are in backbones.ts.
 */
import { z } from 'zod';
import { augmentationConfigSchema } from './augmentation.ts';
import { BACKBONE_SCHEMAS, BACKBONES, type BackboneChoice, backboneFault } from './backbones.ts';
import { DEFAULT_ENCODER, ENCODER_PREPROCESSINGS, ENCODERS, type Encoder } from './encoders.ts';
import { headStrides } from './head-strides.ts';

const minDelta = z.number().min(0).describe('A fall of val_loss of this or less does not count.');

const learningRateScheduleSchema = z
  .strictObject({
    reduce_on_plateau: z.boolean().default(true).describe('Lower the learning rate when val_loss stops falling.'),
    reduction_factor: z.number().gt(0).lt(1).default(0.5).describe('Factor on the learning rate.'),
    plateau_min_delta: minDelta.default(1e-6),
    plateau_patience: z.int().min(1).default(5).describe('Epochs without a fall before the rate is lowered.'),
    plateau_cooldown: z.int().min(0).default(3).describe('Epochs after a reduction in which none is counted.'),
    min_learning_rate: z.number().min(0).default(1e-8).describe('The rate never falls below it.'),
  })
  .meta({
    id: 'LearningRateSchedule',
    description: "SLEAP's LearningRateScheduleConfig: halve the rate when val_loss stops falling.",
  });
export type LearningRateSchedule = z.infer<typeof learningRateScheduleSchema>;

const earlyStoppingSchema = z
  .strictObject({
    stop_training_on_plateau: z.boolean().default(true).describe('End the training when val_loss stops falling.'),
    plateau_min_delta: minDelta.default(1e-6),
    plateau_patience: z.int().min(1).default(10).describe('Epochs without a fall before the end.'),
  })
  .meta({ id: 'EarlyStopping', description: "SLEAP's EarlyStoppingConfig: when a training ends by itself." });
export type EarlyStopping = z.infer<typeof earlyStoppingSchema>;

const hardKeypointMiningSchema = z
  .strictObject({
    online_mining: z.boolean().default(false).describe('Whether it is done at all.'),
    hard_to_easy_ratio: z
      .number()
      .min(1)
      .default(2)
      .describe("A keypoint is hard from this multiple of the easiest one's loss on."),
    min_hard_keypoints: z.int().min(1).default(2).describe('At least so many keypoints of a batch count as hard.'),
    max_hard_keypoints: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('At most so many keypoints of a batch count as hard; null: no limit.'),
    loss_scale: z
      .number()
      .gt(0)
      .default(5)
      .describe('Factor on the loss of the hard keypoints, which is added to that of all.'),
  })
  .refine(config => config.max_hard_keypoints === null || config.max_hard_keypoints >= config.min_hard_keypoints, {
    path: ['max_hard_keypoints'],
    message: 'must not be below min_hard_keypoints',
  })
  .meta({
    id: 'HardKeypointMining',
    description: "SLEAP's HardKeypointMiningConfig: weigh the keypoints with the largest loss of a batch more.",
  });
export type HardKeypointMining = z.infer<typeof hardKeypointMiningSchema>;

export const SPLITS = ['frame', 'video', 'group'] as const;
export type SplitBy = (typeof SPLITS)[number];

const PRECISIONS = ['fp32', 'mixed'] as const;

const fieldsSchema = z.strictObject({
  test_fraction: z
    .number()
    .min(0)
    .lt(1, 'must be at least 0 and below 1: it is the share of frames kept for validation')
    .describe(
      "Share of the labelled frames kept for validation (SLEAP's validation_fraction): at least one frame, never all.",
    ),
  holdout_fraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'Share of the labelled frames that training never sees and no decision rests on; reported on at the end. Below 1 together with test_fraction.',
    ),
  split_by: z
    .enum(SPLITS)
    .default('frame')
    .describe(
      'What stays together when frames are dealt out: nothing, the frames of a video (a folder), or those of a group of groups.csv.',
    ),
  num_epochs: z.int().min(1).max(1_000_000).describe('Upper bound in epochs; early stopping may end sooner.'),
  learning_rate: z.number().gt(0).max(10).describe('Of the first epoch (Adam with AMSGrad).'),
  backbone_model: z.enum(BACKBONES).describe('The network that is trained.'),
  pretrained_encoder: z
    .enum(ENCODERS)
    .nullish()
    .describe(
      `Of backbone_model pretrained_encoder, where null is ${DEFAULT_ENCODER}; no effect with the other backbones.`,
    ),
  encoder_weights: z
    .literal('imagenet')
    .nullable()
    .optional()
    .describe(
      "What an encoder begins with. imagenet: ImageNet's weights, without which the training fails; null: random numbers; absent: ImageNet's weights where they can be had, else random numbers and a warning.",
    ),
  encoder_preprocessing: z
    .enum(ENCODER_PREPROCESSINGS)
    .default('imagenet')
    .describe(
      'How levels reach a pretrained encoder: in the range its ImageNet weights know, or in [0, 1] as in SLEAP; no effect with the other backbones.',
    ),
  heads_sigma: z
    .number()
    .gt(0)
    .max(1000)
    .describe(
      "Spread of a confidence map's peak in map pixels; in input pixels it is heads_sigma × heads_output_stride, as in SLEAP.",
    ),
  heads_output_stride: z
    .int()
    .min(1)
    .max(128)
    .describe('Input pixels per confidence-map pixel: a power of two; which ones depends on the backbone.'),
  backbone_config: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Fields of the chosen backbone; absent: all of its defaults.'),
  input_scaling: z
    .number()
    .gt(0)
    .max(4)
    .default(1)
    .describe('Factor on width and height before the network sees an image.'),
  batch_size: z.int().min(1).max(1024).default(8).describe('Frames a step.'),
  batches_per_epoch: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe('Steps an epoch; null means max(200, training frames / batch_size), as in SLEAP.'),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .nullable()
    .default(null)
    .describe('Fixes split, initial weights, order and augmentation; null draws one, which the model then shows.'),
  precision: z
    .enum(PRECISIONS)
    .default('fp32')
    .describe(
      'mixed: convolutions multiply in float16 and add in float32, where the device can; weights stay float32.',
    ),
  augmentation_config: augmentationConfigSchema.prefault({}),
  hard_keypoint_mining: hardKeypointMiningSchema.prefault({}),
  learning_rate_schedule: learningRateScheduleSchema.prefault({}),
  early_stopping: earlyStoppingSchema.prefault({}),
  resume_from: z
    .uuid()
    .nullish()
    .describe('model_uid of a finished model to go on from; what is not given is as it was there.'),
});

const NEEDED = {
  test_fraction: true,
  num_epochs: true,
  learning_rate: true,
  backbone_model: true,
  heads_sigma: true,
  heads_output_stride: true,
} as const;

/** The same for the reader of the API's description: what a backbone_config may hold, and what may be missing because of resume_from. */
export const trainingConfigFields = fieldsSchema
  .partial(NEEDED)
  .extend({ backbone_config: z.union(Object.values(BACKBONE_SCHEMAS)).optional().describe('Of the chosen backbone.') })
  .meta({
    id: 'TrainingConfig',
    description:
      "How a network is trained; names and defaults are SLEAP's. What is not given with resume_from is as it was there.",
    anyOf: [{ required: Object.keys(NEEDED) }, { required: ['resume_from'] }],
  });

/** A training_config as a client sends it. */
export type TrainingConfigInput = z.input<typeof fieldsSchema>;
/** The same with every default filled in; `backbone_config` is complete for the chosen backbone. */
export type TrainingConfig = Omit<z.output<typeof fieldsSchema>, 'backbone_model' | 'backbone_config'> & BackboneChoice;

/** Checks a training_config and fills in the defaults, those of the chosen backbone and its strides included. */
export const trainingConfigSchema = fieldsSchema.transform((config, context): TrainingConfig => {
  const { backbone_model: model, backbone_config: given, ...rest } = config;
  const refuse = (path: PropertyKey[], message: string, params?: Record<string, unknown>) => {
    context.addIssue({ code: 'custom', path, message, ...(params && { params }) });
    return z.NEVER;
  };
  if (config.test_fraction + config.holdout_fraction >= 1)
    return refuse(
      ['holdout_fraction'],
      'together with test_fraction must be below 1: nothing would be left to train on',
    );
  const own = model === 'pretrained_encoder' ? withEncoder(given, config.pretrained_encoder) : given;
  const parsed = BACKBONE_SCHEMAS[model].safeParse(own ?? {});
  if (!parsed.success) {
    for (const issue of parsed.error.issues) refuse(['backbone_config', ...issue.path], issue.message);
    return z.NEVER;
  }
  const backbone = { backbone_model: model, backbone_config: parsed.data } as BackboneChoice;
  const fault = backboneFault(backbone);
  if (fault) return refuse(['backbone_config', fault.field], fault.message);
  const weightsFault = encoderWeightsFault(backbone, config.encoder_weights);
  if (weightsFault) return refuse(['encoder_weights'], weightsFault);
  const named = config.pretrained_encoder ?? undefined;
  if (backbone.backbone_model === 'pretrained_encoder' && named && backbone.backbone_config.encoder !== named)
    return refuse(['backbone_config', 'encoder'], `must equal pretrained_encoder, which is ${named}`);
  const strides = headStrides(backbone);
  if (!strides.includes(config.heads_output_stride)) {
    const reach = `a ${model} with max_stride ${backbone.backbone_config.max_stride} and these settings`;
    return refuse(['heads_output_stride'], `${reach} supports the strides ${strides.join(', ')}`);
  }
  const stride = backbone.backbone_config.output_stride ?? config.heads_output_stride;
  if (stride !== config.heads_output_stride)
    return refuse(
      ['backbone_config', 'output_stride'],
      `must equal heads_output_stride, which is ${config.heads_output_stride}`,
    );
  return { ...rest, ...backbone };
});

/** SLEAP's configuration of the backbone names its encoder itself. */
function withEncoder(given: Record<string, unknown> | undefined, encoder: Encoder | null | undefined) {
  return encoder ? { encoder, ...given } : given;
}

function encoderWeightsFault(backbone: BackboneChoice, wanted: 'imagenet' | null | undefined): string | null {
  if (wanted !== 'imagenet') return null;
  const { backbone_model: model, backbone_config: config } = backbone;
  if (model === 'resnet' && config.weights === 'random')
    return 'asks for ImageNet weights, and backbone_config.weights for random ones';
  if (model === 'resnet' || model === 'pretrained_encoder') return null;
  return `a ${model} has no ImageNet weights; leave it out`;
}
