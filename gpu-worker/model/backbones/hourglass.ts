/**
 * Stacked hourglass (Newell et al. 2016) in the plain form of Associative Embedding (Newell et al. 2017), as SLEAP builds it:
 * sleap/nn/architectures/hourglass.py, v1.4.1.
 *
 * One 3x3 convolution a block, ReLU before batch normalisation; channels grow by a fixed number a level; nearest upsampling; skips pass a
 * convolution of their own and are added. SLEAP cannot build more than one stack, since it gives all heads the same name.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { HourglassConfig } from '../../../src/contract/backbones.ts';
import { hourglassStemStride } from '../../../src/contract/head-strides.ts';
import type { LayerKit } from '../layer-kit.ts';
import { buildStacks, type DecoderBlock, type EncoderBlock } from './encoder-decoder.ts';

/** @returns features of stride `outputStride`, one of each stack. */
export function buildHourglass(
  kit: LayerKit,
  image: SymbolicTensor,
  config: HourglassConfig,
  outputStride: number,
): SymbolicTensor[] {
  const stemStride = hourglassStemStride(config, outputStride);
  const downBlocks = Math.log2(config.max_stride / stemStride);
  const upBlocks = Math.log2(config.max_stride / outputStride);
  const filters = (level: number) => config.filters + level * config.filter_increase;
  return buildStacks(image, {
    stem: [stemBlock(kit, config, stemStride)],
    encoder: Array.from({ length: downBlocks }, (_, level) => downBlock(kit, filters(level))),
    decoder: Array.from({ length: upBlocks }, (_, i) => upBlock(kit, filters(downBlocks - 1 - i))),
    stacks: config.stacks,
  });
}

function stemBlock(kit: LayerKit, config: HourglassConfig, stemStride: 1 | 2 | 4): EncoderBlock {
  return {
    poolingStride: stemStride,
    build(x, prefix) {
      const strides = stemStride === 4 ? 2 : 1;
      x = convBn(kit, x, `${prefix}_conv7x7`, { filters: config.stem_filters, kernelSize: 7, strides });
      x = convBn(kit, x, `${prefix}_conv3x3`, { filters: 2 * config.stem_filters });
      x = kit.maxPool(x, `${prefix}_pool`, { strides: stemStride > 1 ? 2 : 1 });
      return convBn(kit, x, `${prefix}_conv3x3_out`, { filters: config.filters });
    },
  };
}

function downBlock(kit: LayerKit, filters: number): EncoderBlock {
  return {
    poolingStride: 2,
    build: (x, prefix) => convBn(kit, kit.maxPool(x, `${prefix}_pool`), `${prefix}_conv`, { filters }),
  };
}

function upBlock(kit: LayerKit, filters: number): DecoderBlock {
  return {
    build(x, skip, prefix) {
      const up = kit.upsampleNearest(convBn(kit, x, `${prefix}_conv`, { filters }), `${prefix}_nearest`);
      return kit.add([up, convBn(kit, skip!, `${prefix}_skip`, { filters })], `${prefix}_skip_add`);
    },
  };
}

function convBn(
  kit: LayerKit,
  x: SymbolicTensor,
  name: string,
  shape: { filters: number; kernelSize?: number; strides?: number },
): SymbolicTensor {
  return kit.batchNorm(kit.conv(x, `${name}_conv`, { ...shape, activation: 'relu' }), `${name}_bn`);
}
