/**
 * A decoder on top of any encoder, step by step to the head's stride: SLEAP's UpsamplingStack (sleap/nn/architectures/upsampling.py, v1.4.1).
 * Each step enlarges by `block_stride`, takes in the encoder's features of the new stride if asked to, and refines with 3x3 convolutions.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { UpsamplingConfig } from '../../../src/contract/backbones.ts';
import type { LayerKit } from '../layer-kit.ts';
import type { Feature } from './encoder-decoder.ts';

export interface UpsamplingOptions {
  config: UpsamplingConfig;
  outputStride: number;
  /** Features for skips; the first of a stride is taken. */
  sources: Feature[];
}

/** @returns features of stride `outputStride`, which must be `from.stride` over a power of block_stride. */
export function upsamplingStack(
  kit: LayerKit,
  from: Feature,
  { config, outputStride, sources }: UpsamplingOptions,
): SymbolicTensor {
  let { tensor: x, stride } = from;
  for (let step = 0; stride > outputStride; step++) {
    const next = stride / config.block_stride;
    const name = `upsample_s${stride}_to_s${next}`;
    const filters = Math.trunc(config.filters * config.filters_rate ** step);
    x = enlarge(kit, x, name, config, filters);
    const skip = sources.find(source => source.stride === next);
    if (skip && config.skip_connections !== null) x = join(kit, skip.tensor, x, name, config.skip_connections);
    for (let i = 0; i < config.refine_convs; i++) {
      x = kit.conv(x, `${name}_refine${i}_conv`, { filters });
      if (config.batch_norm) x = kit.batchNorm(x, `${name}_refine${i}_bn`);
      x = kit.relu(x, `${name}_refine${i}_relu`);
    }
    stride = next;
  }
  return x;
}

function enlarge(
  kit: LayerKit,
  x: SymbolicTensor,
  name: string,
  config: UpsamplingConfig,
  filters: number,
): SymbolicTensor {
  const factor = config.block_stride;
  if (config.method === 'interpolation') return kit.upsampleBilinear(x, `${name}_interp`, factor);
  const kernelSize = config.transposed_conv_kernel_size;
  x = kit.transposedConv(x, `${name}_trans_conv`, { filters, kernelSize, strides: factor });
  if (config.batch_norm) x = kit.batchNorm(x, `${name}_bn`);
  return kit.relu(x, `${name}_relu`);
}

function join(
  kit: LayerKit,
  skip: SymbolicTensor,
  x: SymbolicTensor,
  name: string,
  how: 'add' | 'concatenate',
): SymbolicTensor {
  if (how === 'concatenate') return kit.concat([skip, x], `${name}_skip_concat`);
  const channels = x.shape.at(-1)!;
  const fitted =
    skip.shape.at(-1) === channels
      ? skip
      : kit.conv(skip, `${name}_skip_conv1x1`, { filters: channels, kernelSize: 1 });
  return kit.add([fitted, x], `${name}_skip_add`);
}
