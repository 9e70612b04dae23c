/**
 * U-Net (Ronneberger et al. 2015) as SLEAP builds it: sleap/nn/architectures/unet.py and encoder_decoder.py, v1.4.1.
 *
 * 3x3 convolutions with bias and ReLU, two a block, no batch normalisation; a middle block without contraction; skips by concatenation.
 * Layer names are SLEAP's, so that weights can be exchanged with its best_model.h5 by name.
 * Leaves out: a stem, several stacks, and a backbone without a middle block, which the API does not offer.
 */
import { type initializers, input, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { UNetConfig } from '../../../src/contract/training.ts';
import { HalfPixelUpsampling } from '../half-pixel-upsampling.ts';

/** Makes the kernel initialiser of the layer of that name. */
type KernelInitializer = (layerName: string) => ReturnType<typeof initializers.glorotUniform>;

export interface UNetOptions {
  /** Input size, in multiples of max_stride; null: known only when the network is called. */
  heightPx: number | null;
  widthPx: number | null;
  channels: number;
  config: UNetConfig;
  /** Input pixels per pixel of the returned features: a power of two, at most max_stride. */
  outputStride: number;
  kernelInitializer: KernelInitializer;
}

/** The network's input and its features of stride `outputStride`, both symbolic. */
export function buildUNet({ heightPx, widthPx, channels, config, outputStride, kernelInitializer }: UNetOptions): {
  input: SymbolicTensor;
  features: SymbolicTensor;
} {
  const downBlocks = Math.log2(config.max_stride);
  const upBlocks = Math.log2(config.max_stride / outputStride);
  /** Channels of block `level`; truncated, as SLEAP does. */
  const filters = (level: number) => Math.trunc(config.filters * config.filters_rate ** level);

  const convRelu = (x: SymbolicTensor, count: number, convName: string, reluName: string) => {
    const shape = { filters: count, kernelSize: 3, padding: 'same' } as const;
    const conv = layers.conv2d({ name: convName, ...shape, kernelInitializer: kernelInitializer(convName) });
    return apply(layers.activation({ name: reluName, activation: 'relu' }), apply(conv, x));
  };
  const pool = (x: SymbolicTensor, name: string) =>
    apply(layers.maxPooling2d({ name, poolSize: 2, strides: 2, padding: 'same' }), x);

  const image = input({ shape: [heightPx, widthPx, channels], name: 'input' });
  const skips: SymbolicTensor[] = []; // of stride 1, 2, 4, ...
  let x = image;
  for (let block = 0; block < downBlocks; block++) {
    const name = `stack0_enc${block}`;
    if (block > 0) x = pool(x, `${name}_pool`);
    for (const i of [0, 1]) x = convRelu(x, filters(block), `${name}_conv${i}`, `${name}_act${i}_relu`);
    skips.push(x);
  }
  x = pool(x, `stack0_enc${downBlocks}_last_pool`);
  for (const [i, part] of ['expand', 'contract'].entries()) {
    const name = `stack0_enc${downBlocks + 1 + i}_middle_${part}`;
    x = convRelu(x, filters(downBlocks), `${name}_conv0`, `${name}_act0_relu`);
  }

  for (let block = 0; block < upBlocks; block++) {
    const level = downBlocks - 1 - block;
    const name = `stack0_dec${block}_s${2 ** (level + 1)}_to_s${2 ** level}`;
    x = config.up_interpolate
      ? apply(new HalfPixelUpsampling({ name: `${name}_interp_bilinear` }), x)
      : transposedConvRelu(x, filters(level), `${name}_trans_conv`, kernelInitializer);
    x = layers.concatenate({ name: `${name}_skip_concat` }).apply([skips[level]!, x]) as SymbolicTensor;
    for (const i of [0, 1]) {
      x = convRelu(x, filters(level), `${name}_refine_conv${i}`, `${name}_refine_conv${i}_act_relu`);
    }
  }
  return { input: image, features: x };
}

function transposedConvRelu(x: SymbolicTensor, filters: number, name: string, kernelInitializer: KernelInitializer) {
  const shape = { filters, kernelSize: 3, strides: 2, padding: 'same' } as const;
  const conv = layers.conv2dTranspose({ name, ...shape, kernelInitializer: kernelInitializer(name) });
  return apply(layers.activation({ name: `${name}_act_relu`, activation: 'relu' }), apply(conv, x));
}

function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
