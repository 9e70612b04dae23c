/**
 * The fields of SLEAP's training_config.json that matter here, with the defaults of SLEAP 1.3 and 1.4 (sleap/nn/config). Others are passed
 * over: older and newer files have more or fewer.
 */
import { z } from 'zod';

const flag = (byDefault: boolean) => z.boolean().default(byDefault);
const number = (byDefault: number) => z.number().default(byDefault);

export const augmentationSchema = z.object({
  rotate: flag(false),
  rotation_min_angle: number(-180),
  rotation_max_angle: number(180),
  translate: flag(false),
  translate_min: number(-5),
  translate_max: number(5),
  scale: flag(false),
  scale_min: number(0.9),
  scale_max: number(1.1),
  uniform_noise: flag(false),
  uniform_noise_min_val: number(0),
  uniform_noise_max_val: number(10),
  gaussian_noise: flag(false),
  gaussian_noise_mean: number(5),
  gaussian_noise_stddev: number(1),
  contrast: flag(false),
  contrast_min_gamma: number(0.5),
  contrast_max_gamma: number(2),
  brightness: flag(false),
  brightness_min_val: number(0),
  brightness_max_val: number(10),
  random_flip: flag(false),
  flip_horizontal: flag(true),
});

export const optimizationSchema = z.object({
  augmentation_config: augmentationSchema.prefault({}),
  batch_size: number(8),
  batches_per_epoch: z.number().nullable().default(null),
  epochs: number(100),
  initial_learning_rate: number(1e-4),
  learning_rate_schedule: z
    .object({
      reduce_on_plateau: flag(true),
      reduction_factor: number(0.5),
      plateau_min_delta: number(1e-6),
      plateau_patience: number(5),
      plateau_cooldown: number(3),
      min_learning_rate: number(1e-8),
    })
    .prefault({}),
  hard_keypoint_mining: z
    .object({
      online_mining: flag(false),
      hard_to_easy_ratio: number(2),
      min_hard_keypoints: number(2),
      max_hard_keypoints: z.number().nullable().default(null),
      loss_scale: number(5),
    })
    .prefault({}),
  early_stopping: z
    .object({ stop_training_on_plateau: flag(true), plateau_min_delta: number(1e-6), plateau_patience: number(10) })
    .prefault({}),
});
export type Optimization = z.infer<typeof optimizationSchema>;

export const jobSchema = z.object({
  data: z.object({
    labels: z.object({ validation_fraction: number(0.1), skeletons: z.array(z.unknown()).default([]) }).prefault({}),
    preprocessing: z
      .object({
        ensure_rgb: flag(false),
        ensure_grayscale: flag(false),
        imagenet_mode: z.string().nullable().default(null),
        input_scaling: z.number().gt(0).default(1),
        resize_and_pad_to_target: flag(true),
        target_height: z.int().min(1).nullable().default(null),
        target_width: z.int().min(1).nullable().default(null),
      })
      .prefault({}),
  }),
  model: z.object({
    backbone: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()),
    heads: z.record(z.string(), z.unknown()),
  }),
  optimization: optimizationSchema.prefault({}),
  outputs: z.object({ run_name: z.string().nullable().default(null) }).prefault({}),
});

/** Of a single_instance head. */
export const headSchema = z.object({
  part_names: z.array(z.string().min(1)).min(1).nullable().default(null),
  sigma: z.number().gt(0).default(5),
  output_stride: z.int().min(1).default(1),
  offset_refinement: flag(false),
});
