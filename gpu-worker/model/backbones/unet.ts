/**
 * U-Net (Ronneberger et al. 2015) as SLEAP builds it: sleap/nn/architectures/unet.py, v1.4.1.
 *
 * 3x3 convolutions with bias and ReLU, two a block, no batch normalisation; skips by concatenation from the convolutions of each encoder
 * block; a middle block at the deepest stride that keeps its channels. A stem is further encoder blocks with 7x7 convolutions.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { UNetConfig } from '../../../src/contract/backbones.ts';
import type { LayerKit } from '../layer-kit.ts';
import { convBlock, upBlock } from './conv-blocks.ts';
import { buildStacks, type EncoderBlock } from './encoder-decoder.ts';

const CONVS_PER_BLOCK = 2;
const STEM_KERNEL_SIZE = 7;

/** @returns features of stride `outputStride`, one of each stack. */
export function buildUNet(
  kit: LayerKit,
  image: SymbolicTensor,
  config: UNetConfig,
  outputStride: number,
): SymbolicTensor[] {
  const stemBlocks = Math.log2(config.stem_stride ?? 1);
  const levels = Math.log2(config.max_stride);
  const upBlocks = Math.log2(config.max_stride / outputStride);
  /** Channels after `level` halvings; truncated, as SLEAP does. */
  const filters = (level: number) => Math.trunc(config.filters * config.filters_rate ** level);

  const down = (from: number, to: number, kernelSize: number): EncoderBlock[] => {
    const blocks: EncoderBlock[] = [];
    for (let level = from; level < to; level++) {
      const pool = level > from ? 'before' : 'none';
      blocks.push(convBlock(kit, { convs: CONVS_PER_BLOCK, filters: filters(level), kernelSize, pool }));
    }
    return blocks.length === 0 ? [] : [...blocks, lastPool(kit)];
  };
  const middle = config.middle_block
    ? ['_middle_expand', '_middle_contract'].map(infix =>
        convBlock(kit, { convs: 1, filters: filters(levels), pool: 'none', infix }),
      )
    : [];

  return buildStacks(image, {
    stem: down(0, stemBlocks, STEM_KERNEL_SIZE),
    encoder: [...down(stemBlocks, levels, 3), ...middle],
    decoder: Array.from({ length: upBlocks }, (_, i) =>
      upBlock(kit, { filters: filters(levels - 1 - i), interpolate: config.up_interpolate, skip: true }),
    ),
    stacks: config.stacks,
  });
}

function lastPool(kit: LayerKit): EncoderBlock {
  return { poolingStride: 2, build: (x, prefix) => kit.maxPool(x, `${prefix}_last_pool`) };
}
