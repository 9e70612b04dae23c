/**
 * VGG of 16 or 19 layers (Simonyan & Zisserman 2015) in the topology of keras.applications: 3x3 convolutions with bias and rectifier, a
 * pooling after each block. Taps are the last convolutions of the blocks, before their pooling.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';

const FILTERS = [64, 128, 256, 512, 512] as const;

/** @param convs of each block. */
export function buildVgg(kit: LayerKit, image: SymbolicTensor, convs: readonly number[]): EncoderFeatures {
  let x = image;
  const ends: SymbolicTensor[] = [];
  for (const [i, filters] of FILTERS.entries()) {
    const block = `block${i + 1}`;
    for (let conv = 1; conv <= convs[i]!; conv++) {
      const name = `${block}_conv${conv}`;
      x = kit.conv(x, name, { filters, activation: 'relu' });
    }
    ends.push(x);
    x = kit.maxPool(x, `${block}_pool`, { padding: 'valid' });
  }
  // Of strides 1, 2, 4, 8 and 16: nothing reads the first.
  return { bottleneck: x, taps: ends.slice(1) };
}
