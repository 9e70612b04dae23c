/**
 * What InceptionV3 and InceptionResNetV2 are built of: a convolution without bias, a normalisation without gamma and a rectifier; and their
 * common stem. All paddings are 'same', as SLEAP builds them through segmentation_models; keras.applications has 'valid' in places, with
 * the same weights.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';

type KernelSize = 1 | 3 | 5 | [number, number];

/** Convolutions one after another: filters, rows and columns, stride of each. */
export type Chain = [filters: number, kernelSize: KernelSize, strides?: number][];

export function convNormRelu(
  kit: LayerKit,
  x: SymbolicTensor,
  name: string,
  [filters, kernelSize, strides = 1]: Chain[number],
): SymbolicTensor {
  x = kit.conv(x, `${name}_conv`, { filters, kernelSize, strides, useBias: false });
  return kit.relu(kit.batchNorm(x, `${name}_bn`, { scale: false }), `${name}_relu`);
}

/** @param name of the branch; its convolutions are numbered from 1. */
export function branch(kit: LayerKit, x: SymbolicTensor, name: string, chain: Chain): SymbolicTensor {
  return chain.reduce((features, conv, i) => convNormRelu(kit, features, `${name}_${i + 1}`, conv), x);
}

/** An average pooling that keeps the resolution, then convolutions. */
export function poolBranch(kit: LayerKit, x: SymbolicTensor, name: string, chain: Chain): SymbolicTensor {
  const pooled = kit.averagePool(x, `${name}_pool`, { poolSize: 3, strides: 1, padding: 'same' });
  return branch(kit, pooled, name, chain);
}

/** Halves the resolution. */
export function maxPool3(kit: LayerKit, x: SymbolicTensor, name: string): SymbolicTensor {
  return kit.maxPool(x, name, { poolSize: 3, strides: 2, padding: 'same' });
}

/** @returns features of strides 2, 4 and 8; the first two as they are before their pooling. */
export function inceptionStem(kit: LayerKit, image: SymbolicTensor) {
  const x2 = branch(kit, image, 'stem_a', [
    [32, 3, 2],
    [32, 3],
    [64, 3],
  ]);
  const x4 = branch(kit, maxPool3(kit, x2, 'stem_a_pool'), 'stem_b', [
    [80, 1],
    [192, 3],
  ]);
  return { x2, x4, x8: maxPool3(kit, x4, 'stem_b_pool') };
}
