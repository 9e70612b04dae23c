/**
 * What a decoder takes of an encoder: its deepest features and one of each finer stride, as segmentation_models chooses them for its Unet.
 * There are more layers of each stride; these are the last ones before the next halving, or the first after it.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface EncoderFeatures {
  /** Of stride 32. */
  bottleneck: SymbolicTensor;
  /** Of strides 2, 4, 8 and 16. */
  taps: SymbolicTensor[];
}
