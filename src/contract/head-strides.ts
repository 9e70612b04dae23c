/**
 * The strides that each backbone can put confidence maps on: what a form offers and what the API accepts. Apart from backbones.ts, so that a page that
 * only asks for strides and costs carries no schemas.
 */
import type { BackboneChoice, HourglassConfig } from './backbones.ts';

/** Input pixels per pixel of the confidence maps that this backbone can give, ascending. */
export function headStrides({ backbone_model: model, backbone_config: config }: BackboneChoice): number[] {
  const all = powersOfTwo(1, config.max_stride);
  switch (model) {
    case 'unet':
      // Stacks in a row must give what they take: the stem's stride.
      return config.stacks > 1 ? [config.stem_stride ?? 1] : all;
    case 'leap':
      return config.stacks > 1 ? [1] : all;
    case 'hourglass':
      return all.filter(stride => {
        const stem = hourglassStemStride(config, stride);
        return config.stacks > 1 ? stride === stem : stride >= stem;
      });
    case 'resnet': {
      if (config.upsampling !== null) {
        const { block_stride: step } = config.upsampling;
        return all.filter(stride => Number.isInteger(Math.log2(config.max_stride / stride) / Math.log2(step)));
      }
      return all.filter(stride => stride > 1 || config.max_stride === 1);
    }
    case 'pretrained_encoder':
      // The decoder has at least one step.
      return all.filter(stride => stride < config.max_stride);
  }
}

/** The stem of an hourglass: as configured, or as far as the head's stride, at most 4 and above the deepest layer. */
export function hourglassStemStride(config: HourglassConfig, headStride: number): 1 | 2 | 4 {
  return (config.stem_stride ?? Math.min(4, headStride, config.max_stride / 2)) as 1 | 2 | 4;
}

function powersOfTwo(least: number, most: number): number[] {
  const values: number[] = [];
  for (let value = least; value <= most; value *= 2) values.push(value);
  return values;
}
