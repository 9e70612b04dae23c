/**
 * Three configurations to begin with. They follow SLEAP's profiles for one animal (sleap/training_profiles, baseline_medium_rf and baseline_large_rf):
 * a U-Net with bilinear upsampling, a peak of 10 px in the input, small rotations against learning the pictures by heart.
 */
import type { TrainingConfigInput } from '../../src/contract/training.ts';

export const PRESETS = ['quick', 'usual', 'thorough'] as const;
export type Preset = (typeof PRESETS)[number];

const FOR_ALL = { backbone_model: 'unet', test_fraction: 0.1, batch_size: 4 } as const;

export const PRESET_CONFIGS: Record<Preset, TrainingConfigInput> = {
  // Pictures at half size, few steps an epoch: minutes, even on a CPU.
  quick: {
    ...FOR_ALL,
    heads_output_stride: 4,
    heads_sigma: 1.5,
    num_epochs: 20,
    learning_rate: 1e-3,
    batches_per_epoch: 50,
    input_scaling: 0.5,
    backbone_config: { filters: 8, filters_rate: 1.5, up_interpolate: true },
  },
  usual: {
    ...FOR_ALL,
    heads_output_stride: 4,
    heads_sigma: 2.5,
    num_epochs: 200,
    learning_rate: 1e-4,
    backbone_config: { filters: 16, up_interpolate: true },
    augmentation_config: { rotate: true, rotation_min_angle: -15, rotation_max_angle: 15 },
  },
  // It sees farther (max_stride 32), on finer maps, and gives up later.
  thorough: {
    ...FOR_ALL,
    heads_output_stride: 2,
    heads_sigma: 5,
    num_epochs: 400,
    learning_rate: 1e-4,
    backbone_config: { filters: 24, max_stride: 32, filters_rate: 1.5, up_interpolate: true },
    augmentation_config: {
      rotate: true,
      rotation_min_angle: -15,
      rotation_max_angle: 15,
      scale: true,
      brightness: true,
    },
    early_stopping: { plateau_patience: 20 },
  },
};
