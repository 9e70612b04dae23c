/**
 * Random changes of the training frames: SLEAP's AugmentationConfig (sleap/nn/config/optimization.py, v1.4.1), all off by default.
 *
 * Levels are 8-bit, 0 to 255; angles are degrees, lengths pixels of the training images. `symmetric_keypoints` is ours: SLEAP keeps the
 * pairs in its skeleton. Leaves out random crops, which change the size of the network's input.
 */
import { z } from 'zod';

const angle = z.number().min(-180).max(180);
const translationPx = z.int().min(-10_000).max(10_000);
const level = z.number().min(-255).max(255);

export const augmentationConfigSchema = z
  .strictObject({
    rotate: z.boolean().default(false).describe('Turn about the middle of the image.'),
    rotation_min_angle: angle.default(-180).describe('Least angle, degrees.'),
    rotation_max_angle: angle.default(180).describe('Largest angle, degrees.'),
    translate: z.boolean().default(false).describe('Shift along x and y independently.'),
    translate_min: translationPx.default(-5).describe('Least shift, px of the training images.'),
    translate_max: translationPx.default(5).describe('Largest shift, px of the training images.'),
    scale: z.boolean().default(false).describe('Make larger or smaller, by one factor for both axes.'),
    scale_min: z.number().gt(0).max(10).default(0.9).describe('Least factor.'),
    scale_max: z.number().gt(0).max(10).default(1.1).describe('Largest factor.'),
    uniform_noise: z.boolean().default(false).describe('Add a number of its own to each pixel.'),
    uniform_noise_min_val: level.default(0).describe('Least number, in levels of 0 to 255.'),
    uniform_noise_max_val: level.default(10).describe('Largest number, in levels of 0 to 255.'),
    gaussian_noise: z.boolean().default(false).describe('Add a normally distributed number to each pixel.'),
    gaussian_noise_mean: level.default(5).describe('Mean of it, in levels of 0 to 255.'),
    gaussian_noise_stddev: z
      .number()
      .min(0)
      .max(255)
      .default(1)
      .describe('Standard deviation of it, in levels of 0 to 255.'),
    contrast: z.boolean().default(false).describe('x ** gamma, with x the level in [0, 1].'),
    contrast_min_gamma: z.number().gt(0).max(10).default(0.5).describe('Least gamma.'),
    contrast_max_gamma: z.number().gt(0).max(10).default(2).describe('Largest gamma.'),
    brightness: z.boolean().default(false).describe('Add one number to all pixels.'),
    brightness_min_val: level.default(0).describe('Least number, in levels of 0 to 255.'),
    brightness_max_val: level.default(10).describe('Largest number, in levels of 0 to 255.'),
    random_flip: z
      .boolean()
      .default(false)
      .describe('Mirror with probability 1/2; left and right keypoints change places.'),
    flip_horizontal: z.boolean().default(true).describe('true: left and right change places; false: upside down.'),
    symmetric_keypoints: z
      .array(z.tuple([z.string().min(1), z.string().min(1)]))
      .optional()
      .describe('Pairs of keypoints that a mirror exchanges; absent: found by their names (left/right, _L/_R).'),
  })
  .superRefine((config, context) => {
    const ranges = [
      ['rotation_min_angle', 'rotation_max_angle'],
      ['translate_min', 'translate_max'],
      ['scale_min', 'scale_max'],
      ['uniform_noise_min_val', 'uniform_noise_max_val'],
      ['contrast_min_gamma', 'contrast_max_gamma'],
      ['brightness_min_val', 'brightness_max_val'],
    ] as const;
    for (const [least, most] of ranges) {
      if (config[least] > config[most])
        context.addIssue({ code: 'custom', path: [least], message: `must not be above ${most}` });
    }
    const named = (config.symmetric_keypoints ?? []).flat();
    if (new Set(named).size !== named.length)
      context.addIssue({ code: 'custom', path: ['symmetric_keypoints'], message: 'names a keypoint more than once' });
  })
  .meta({
    id: 'AugmentationConfig',
    description: "Random changes of the training frames, as SLEAP's; all off by default.",
  });
export type AugmentationConfig = z.infer<typeof augmentationConfigSchema>;
