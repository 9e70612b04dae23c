/** Small frames, and changes of them, for the tests of augmentation. */
import fc from 'fast-check';
import { drawChange, type FrameChange } from '../../gpu-worker/data/augment.ts';
import { Random } from '../../gpu-worker/data/random.ts';
import type { Pixels } from '../../gpu-worker/data/resize.ts';
import { type AugmentationConfig, augmentationConfigSchema } from '../../src/contract/augmentation.ts';

export const NOTHING: FrameChange = {
  flip: null,
  rotationDegrees: 0,
  scale: 1,
  translateXPx: 0,
  translateYPx: 0,
  gamma: 1,
  brightness: 0,
  uniformNoise: null,
  gaussianNoise: null,
};
export const ALL_ON = {
  rotate: true,
  scale: true,
  translate: true,
  random_flip: true,
  contrast: true,
  brightness: true,
  uniform_noise: true,
  gaussian_noise: true,
};

export const frame = (widthPx: number, heightPx: number, data: ArrayLike<number>, channels: 1 | 3 = 1): Pixels => ({
  widthPx,
  heightPx,
  channels,
  data: Uint8Array.from(data),
});
export const noisy = (widthPx: number, heightPx: number, channels: 1 | 3 = 1): Pixels => {
  const random = Random.of(widthPx * heightPx, 'test frame');
  const levels = Array.from({ length: widthPx * heightPx * channels }, () => random.below(256));
  return frame(widthPx, heightPx, levels, channels);
};
export const flat = (level: number, channels: 1 | 3 = 1, sidePx = 200) =>
  frame(sidePx, sidePx, new Uint8Array(sidePx * sidePx * channels).fill(level), channels);
export const draw = (change: Partial<AugmentationConfig>, seed = 1) =>
  drawChange(augmentationConfigSchema.parse(change), purpose => Random.of(seed, purpose));

export const moves = fc.record({
  ...{ flip: fc.constantFrom('horizontal' as const, 'vertical' as const, null) },
  ...{ rotationDegrees: fc.integer({ min: -180, max: 180 }), scale: fc.double({ min: 0.7, max: 1.4, noNaN: true }) },
  ...{ translateXPx: fc.integer({ min: -4, max: 4 }), translateYPx: fc.integer({ min: -4, max: 4 }) },
});
