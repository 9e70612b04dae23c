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
    /** About the middle of the image. */
    rotate: z.boolean().default(false),
    rotation_min_angle: angle.default(-180),
    rotation_max_angle: angle.default(180),
    /** Along x and y independently. */
    translate: z.boolean().default(false),
    translate_min: translationPx.default(-5),
    translate_max: translationPx.default(5),
    /** One factor for both axes. */
    scale: z.boolean().default(false),
    scale_min: z.number().gt(0).max(10).default(0.9),
    scale_max: z.number().gt(0).max(10).default(1.1),
    /** A number of its own is added to each pixel. */
    uniform_noise: z.boolean().default(false),
    uniform_noise_min_val: level.default(0),
    uniform_noise_max_val: level.default(10),
    gaussian_noise: z.boolean().default(false),
    gaussian_noise_mean: level.default(5),
    gaussian_noise_stddev: z.number().min(0).max(255).default(1),
    /** x ** gamma, with x in [0, 1]. */
    contrast: z.boolean().default(false),
    contrast_min_gamma: z.number().gt(0).max(10).default(0.5),
    contrast_max_gamma: z.number().gt(0).max(10).default(2),
    /** One number is added to all pixels. */
    brightness: z.boolean().default(false),
    brightness_min_val: level.default(0),
    brightness_max_val: level.default(10),
    /** With probability 1/2; left and right keypoints change places. */
    random_flip: z.boolean().default(false),
    /** false: upside down instead. */
    flip_horizontal: z.boolean().default(true),
    /** Pairs of keypoints that a mirror exchanges. Absent: found by their names (left/right, _L/_R). */
    symmetric_keypoints: z.array(z.tuple([z.string().min(1), z.string().min(1)])).optional(),
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
  });
export type AugmentationConfig = z.infer<typeof augmentationConfigSchema>;
