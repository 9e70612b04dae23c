/**
 * What a decoder takes of an encoder: its deepest features and one of each finer stride, as segmentation_models chooses them for its Unet.
 * There are more layers of each stride; these are the last ones before the next halving, or the first after it.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface EncoderFeatures {
  /** Of stride 32. */
  bottleneck: SymbolicTensor;
  /** Of strides 16, 8, 4 and 2. */
  taps: [SymbolicTensor, SymbolicTensor, SymbolicTensor, SymbolicTensor];
}

/** Of features kept from the finest to the coarsest. */
export function asTaps([x2, x4, x8, x16]: readonly (SymbolicTensor | undefined)[]): EncoderFeatures['taps'] {
  return [x16!, x8!, x4!, x2!];
}
