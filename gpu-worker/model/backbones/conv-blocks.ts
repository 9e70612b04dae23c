/**
 * The blocks that U-Net and LEAP share: convolutions with ReLU around a max pooling, and upsampling with convolutions after it.
 * SLEAP's SimpleConvBlock and SimpleUpsamplingBlock without batch normalisation, which neither backbone uses.
 */
import type { LayerKit } from '../layer-kit.ts';
import type { DecoderBlock, EncoderBlock } from './encoder-decoder.ts';

export interface ConvBlockOptions {
  convs: number;
  filters: number;
  kernelSize?: number;
  pool: 'before' | 'after' | 'none';
  /** Between the block's prefix and the names of its layers. */
  infix?: string;
}

export function convBlock(
  kit: LayerKit,
  { convs, filters, kernelSize = 3, pool, infix = '' }: ConvBlockOptions,
): EncoderBlock {
  return {
    poolingStride: pool === 'none' ? 1 : 2,
    build(x, prefix) {
      const name = prefix + infix;
      if (pool === 'before') x = kit.maxPool(x, `${name}_pool`);
      for (let i = 0; i < convs; i++) {
        x = kit.relu(kit.conv(x, `${name}_conv${i}`, { filters, kernelSize }), `${name}_act${i}_relu`);
      }
      return pool === 'after' ? kit.maxPool(x, `${name}_pool`) : x;
    },
  };
}

export interface UpBlockOptions {
  filters: number;
  /** Bilinear upsampling instead of a transposed convolution. */
  interpolate: boolean;
  /** Whether features of the encoder are joined, in front of those from below. */
  skip: boolean;
}

const REFINE_CONVS = 2;

export function upBlock(kit: LayerKit, { filters, interpolate, skip: joins }: UpBlockOptions): DecoderBlock {
  return {
    build(x, skip, prefix, currentStride) {
      const name = `${prefix}_s${currentStride}_to_s${currentStride / 2}`;
      if (interpolate) {
        x = kit.upsampleBilinear(x, `${name}_interp_bilinear`);
      } else {
        x = kit.transposedConv(x, `${name}_trans_conv`, { filters, kernelSize: 3, strides: 2 });
        x = kit.relu(x, `${name}_trans_conv_act_relu`);
      }
      if (joins && skip) x = kit.concat([skip, x], `${name}_skip_concat`);
      for (let i = 0; i < REFINE_CONVS; i++) {
        x = kit.relu(kit.conv(x, `${name}_refine_conv${i}`, { filters }), `${name}_refine_conv${i}_act_relu`);
      }
      return x;
    },
  };
}
