/**
 * LEAP's network (Pereira et al. 2019) as SLEAP generalises it: sleap/nn/architectures/leap.py, v1.4.1.
 *
 * Three 3x3 convolutions and a max pooling a block, then transposed convolutions with two more each; no skips, no middle block, no batch
 * normalisation. Its decoder has the channels of one level deeper than U-Net's, and its receptive field is small.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LeapConfig } from '../../../src/contract/backbones.ts';
import type { LayerKit } from '../layer-kit.ts';
import { convBlock, upBlock } from './conv-blocks.ts';
import { buildStacks } from './encoder-decoder.ts';

const CONVS_PER_BLOCK = 3;

/** @returns features of stride `outputStride`, one of each stack. */
export function buildLeap(
  kit: LayerKit,
  image: SymbolicTensor,
  config: LeapConfig,
  outputStride: number,
): SymbolicTensor[] {
  const downBlocks = Math.log2(config.max_stride);
  const upBlocks = Math.log2(config.max_stride / outputStride);
  const filters = (level: number) => Math.trunc(config.filters * config.filters_rate ** level);
  return buildStacks(image, {
    stem: [],
    encoder: Array.from({ length: downBlocks }, (_, level) =>
      convBlock(kit, { convs: CONVS_PER_BLOCK, filters: filters(level), pool: 'after' }),
    ),
    decoder: Array.from({ length: upBlocks }, (_, i) =>
      upBlock(kit, { filters: filters(upBlocks - i), interpolate: config.up_interpolate, skip: false }),
    ),
    stacks: config.stacks,
  });
}
