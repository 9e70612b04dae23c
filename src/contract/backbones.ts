/**
 * The backbones as `training_config.backbone_config` describes them: SLEAP's parameters under SLEAP's names and defaults
 * (sleap/nn/config/model.py, v1.4.1). The strides each can put confidence maps on are in head-strides.ts.
 *
 * Two defaults differ, because SLEAP's cannot work or learn nothing (docs/backbones.md): the hourglass's stem follows the head's stride,
 * and the resnet is trained as a whole and decoded to the head's stride; `features: "sleap-default"` gives SLEAP's own.
 * In SLEAP the head's stride silently replaces the backbone's `output_stride`; here the two must agree where both are given.
 */
import { z } from 'zod';
import { DEFAULT_ENCODER, ENCODER_STRIDE, ENCODERS } from './encoders.ts';

export const BACKBONES = ['unet', 'leap', 'hourglass', 'resnet', 'pretrained_encoder'] as const;
export type Backbone = (typeof BACKBONES)[number];

const powerOfTwo = (name: string, least: number, most: number) =>
  z
    .int()
    .min(least, `${name} must be at least ${least}`)
    .max(most)
    .refine(value => (value & (value - 1)) === 0, `${name} must be a power of two`);

const maxStride = (least: number, most: number) =>
  powerOfTwo('max_stride', least, most).describe('Input pixels per pixel of the deepest layer: a power of two.');
const filters = z.int().min(1).max(1024);
const firstFilters = filters.describe('Channels of the first encoder block.');
const filtersRate = z.number().min(1).max(4).describe('Factor on the channels per encoder block.');
const upInterpolate = z.boolean().describe('Bilinear upsampling in the decoder instead of transposed convolutions.');
const stacks = z
  .int()
  .min(1)
  .max(8)
  .describe('Networks in a row, each with a head of its own while training; the last one predicts.');
const outputStride = powerOfTwo('output_stride', 1, 128)
  .nullish()
  .describe('Written by SLEAP into its own files; must equal heads_output_stride.');

const unetConfigSchema = z
  .strictObject({
    stem_stride: powerOfTwo('stem_stride', 1, 64)
      .nullable()
      .default(null)
      .describe('Input pixels per pixel after an initial block of 7x7 convolutions and pooling; null: no such block.'),
    max_stride: maxStride(2, 128).default(16),
    output_stride: outputStride,
    filters: firstFilters.default(64),
    filters_rate: filtersRate.default(2),
    middle_block: z.boolean().default(true).describe('Two more convolutions at the deepest stride.'),
    up_interpolate: upInterpolate.default(false),
    stacks: stacks.default(1),
  })
  .meta({ id: 'UNetConfig', description: "backbone_config of a unet: SLEAP's UNetConfig." });
export type UNetConfig = z.infer<typeof unetConfigSchema>;

const leapConfigSchema = z
  .strictObject({
    max_stride: maxStride(2, 128).default(8),
    output_stride: outputStride,
    filters: firstFilters.default(64),
    filters_rate: filtersRate.default(2),
    up_interpolate: upInterpolate.default(false),
    stacks: stacks.default(1),
  })
  .meta({ id: 'LeapConfig', description: "backbone_config of a leap: SLEAP's LEAPConfig." });
export type LeapConfig = z.infer<typeof leapConfigSchema>;

const hourglassConfigSchema = z
  .strictObject({
    // SLEAP's default is 4.
    stem_stride: powerOfTwo('stem_stride', 1, 4)
      .nullable()
      .default(null)
      .describe(
        'Input pixels per pixel after the initial block: 1, 2 or 4; null: as far as heads_output_stride allows.',
      ),
    max_stride: maxStride(2, 128).default(64),
    output_stride: outputStride,
    stem_filters: filters.default(128).describe('Channels of the initial block.'),
    filters: filters.default(256).describe('Channels of the first downsampling block.'),
    filter_increase: z
      .int()
      .min(0)
      .max(1024)
      .default(128)
      .describe('How many channels each further block has more than the one before.'),
    stacks: stacks.default(3),
  })
  .meta({ id: 'HourglassConfig', description: "backbone_config of an hourglass: SLEAP's HourglassConfig." });
export type HourglassConfig = z.infer<typeof hourglassConfigSchema>;

const upsamplingConfigSchema = z
  .strictObject({
    method: z
      .enum(['interpolation', 'transposed_conv'])
      .default('interpolation')
      .describe('How a step makes its input larger.'),
    skip_connections: z
      .enum(['add', 'concatenate'])
      .nullable()
      .default(null)
      .describe('How encoder features of the same stride come in; null: not at all.'),
    block_stride: powerOfTwo('block_stride', 2, 32)
      .default(2)
      .describe('Factor on width and height of one step: a power of two.'),
    filters: filters.default(64).describe('Channels of the first step.'),
    filters_rate: z.number().gt(0).max(4).default(1).describe('Factor on the channels per step.'),
    refine_convs: z.int().min(0).max(8).default(2).describe('3x3 convolutions after each step.'),
    batch_norm: z.boolean().default(true).describe('Normalise after each convolution.'),
    transposed_conv_kernel_size: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe('Side of the kernel of a transposed convolution, px of its output.'),
  })
  .meta({ id: 'UpsamplingConfig', description: "The decoder of a resnet: SLEAP's UpsamplingConfig." });
export type UpsamplingConfig = z.infer<typeof upsamplingConfigSchema>;

const resnetConfigSchema = z
  .strictObject({
    version: z.enum(['ResNet50', 'ResNet101', 'ResNet152']).default('ResNet50').describe('How deep it is.'),
    features: z
      .enum(['decoder', 'sleap-default'])
      .default('decoder')
      .describe(
        "decoder: trained as a whole and decoded to the head's stride; sleap-default: SLEAP's defaults for what is not given.",
      ),
    weights: z
      .enum(['frozen', 'tunable', 'random'])
      .optional()
      .describe(
        'ImageNet weights held fast, trained further, or random ones; absent: tunable, with sleap-default frozen.',
      ),
    upsampling: upsamplingConfigSchema
      .nullish()
      .describe(
        "null: the head reads the encoder's features of its stride; absent: every default, with sleap-default null.",
      ),
    max_stride: maxStride(1, 32).default(32),
    output_stride: outputStride,
    // SLEAP dilates 1x1 convolutions, to no effect.
    atrous: z
      .boolean()
      .optional()
      .describe(
        'Below max_stride 32, see as far as before by dilated 3x3 convolutions (DeepLab); absent: true, with sleap-default false.',
      ),
  })
  .transform(config => {
    const asSleap = config.features === 'sleap-default';
    const upsampling = config.upsampling === undefined ? (asSleap ? null : {}) : config.upsampling;
    return {
      ...config,
      weights: config.weights ?? (asSleap ? ('frozen' as const) : ('tunable' as const)),
      upsampling: upsampling === null ? null : upsamplingConfigSchema.parse(upsampling),
      atrous: config.atrous ?? !asSleap,
    };
  })
  .meta({
    id: 'ResNetConfig',
    description:
      "backbone_config of a resnet: SLEAP's ResNetConfig, and two fields of this service, features and atrous.",
  });
export type ResNetConfig = z.infer<typeof resnetConfigSchema>;

// That the decoder is normalised is no choice in SLEAP either.
const pretrainedEncoderConfigSchema = z
  .strictObject({
    encoder: z
      .enum(ENCODERS)
      .default(DEFAULT_ENCODER)
      .describe('The network under the decoder; training_config.pretrained_encoder says the same.'),
    decoder_filters: filters.default(256).describe('Channels of the first step of the decoder.'),
    decoder_filters_rate: z.number().gt(0).max(4).default(1).describe('Factor on the channels per step; truncated.'),
    max_stride: z
      .literal(ENCODER_STRIDE, `max_stride is ${ENCODER_STRIDE} for every encoder`)
      .default(ENCODER_STRIDE)
      .describe('Input pixels per pixel of the deepest layer.'),
    output_stride: outputStride,
  })
  .meta({
    id: 'PretrainedEncoderConfig',
    description: "backbone_config of a pretrained_encoder: SLEAP's PretrainedEncoderConfig.",
  });
export type PretrainedEncoderConfig = z.infer<typeof pretrainedEncoderConfigSchema>;

export type BackboneConfig = UNetConfig | LeapConfig | HourglassConfig | ResNetConfig | PretrainedEncoderConfig;
/** A backbone with its complete configuration. */
export type BackboneChoice =
  | { backbone_model: 'unet'; backbone_config: UNetConfig }
  | { backbone_model: 'leap'; backbone_config: LeapConfig }
  | { backbone_model: 'hourglass'; backbone_config: HourglassConfig }
  | { backbone_model: 'resnet'; backbone_config: ResNetConfig }
  | { backbone_model: 'pretrained_encoder'; backbone_config: PretrainedEncoderConfig };

export const BACKBONE_SCHEMAS = {
  unet: unetConfigSchema,
  leap: leapConfigSchema,
  hourglass: hourglassConfigSchema,
  resnet: resnetConfigSchema,
  pretrained_encoder: pretrainedEncoderConfigSchema,
} satisfies Record<Backbone, z.ZodType>;

/** What is wrong with a backbone whatever the head, or null. */
export function backboneFault(choice: BackboneChoice): { field: string; message: string } | null {
  const { backbone_config: config } = choice;
  if ('stem_stride' in config && config.stem_stride !== null && config.stem_stride >= config.max_stride)
    return { field: 'stem_stride', message: `must be below max_stride, which is ${config.max_stride}` };
  return null;
}
