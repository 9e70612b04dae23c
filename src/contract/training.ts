/**
 * A training as the API takes it: `training_config`.
 *
 * It keeps SLEAP's names and defaults (sleap/nn/config, v1.4.1). The object a client sends is stored as sent, so model-info can echo it;
 * trainingConfigSchema fills the defaults in. Unknown names are refused, never ignored. Backbones are in backbones.ts.
 */
import { z } from 'zod';
import { augmentationConfigSchema } from './augmentation.ts';
import { BACKBONE_SCHEMAS, BACKBONES, type BackboneChoice, backboneFault, headStrides } from './backbones.ts';
import { ENCODER_PREPROCESSINGS, ENCODERS, type Encoder } from './encoders.ts';

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

/** SLEAP's HardKeypointMiningConfig: weigh the keypoints with the largest loss of a batch more. */
const hardKeypointMiningSchema = z
  .strictObject({
    online_mining: z.boolean().default(false),
    /** A keypoint is hard from this multiple of the easiest one's loss on. */
    hard_to_easy_ratio: z.number().min(1).default(2),
    min_hard_keypoints: z.int().min(1).default(2),
    /** null: no limit. */
    max_hard_keypoints: z.int().min(1).nullable().default(null),
    /** Factor on the loss of the hard keypoints, which is added to that of all. */
    loss_scale: z.number().gt(0).default(5),
  })
  .refine(config => config.max_hard_keypoints === null || config.max_hard_keypoints >= config.min_hard_keypoints, {
    path: ['max_hard_keypoints'],
    message: 'must not be below min_hard_keypoints',
  });
export type HardKeypointMining = z.infer<typeof hardKeypointMiningSchema>;

/** What stays together when frames are dealt out: nothing, the frames of a video (a folder), or those of a group of groups.csv. */
export const SPLITS = ['frame', 'video', 'group'] as const;
export type SplitBy = (typeof SPLITS)[number];

/** Of the arithmetic of a training. */
const PRECISIONS = ['fp32', 'mixed'] as const;

const fieldsSchema = z.strictObject({
  /** Share of the labelled frames used for validation (SLEAP's validation_fraction): at least one frame, never all. */
  test_fraction: z
    .number()
    .min(0)
    .lt(1, 'must be at least 0 and below 1: it is the share of frames kept for validation'),
  /** Share of the labelled frames that training never sees and no decision rests on; reported on at the end. */
  holdout_fraction: z.number().min(0).lt(1).default(0),
  split_by: z.enum(SPLITS).default('frame'),
  /** Upper bound; early stopping may end sooner. */
  num_epochs: z.int().min(1).max(1_000_000),
  learning_rate: z.number().gt(0).max(10),
  backbone_model: z.enum(BACKBONES),
  /** Of backbone_model pretrained_encoder; no effect with the others. */
  pretrained_encoder: z.enum(ENCODERS).nullish(),
  /**
   * What an encoder begins with. imagenet: ImageNet's weights, without which the training fails; null: random numbers; absent: ImageNet's
   * weights where they can be had, else random numbers and a warning.
   */
  encoder_weights: z.literal('imagenet').nullable().optional(),
  /** How levels reach a pretrained encoder: in the range its ImageNet weights know, or in [0, 1] as in SLEAP. */
  encoder_preprocessing: z.enum(ENCODER_PREPROCESSINGS).default('imagenet'),
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
  /** Fixes split, initial weights, order and augmentation; null draws one, which the model then shows. */
  seed: z.int().min(0).max(0xffffffff).nullable().default(null),
  /** mixed: convolutions multiply in float16 and add in float32, where the device can; weights stay float32. */
  precision: z.enum(PRECISIONS).default('fp32'),
  augmentation_config: augmentationConfigSchema.prefault({}),
  hard_keypoint_mining: hardKeypointMiningSchema.prefault({}),
  learning_rate_schedule: learningRateScheduleSchema.prefault({}),
  early_stopping: earlyStoppingSchema.prefault({}),
  /** A finished model to go on from; what is not given is as it was there. */
  resume_from: z.uuid().nullish(),
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
