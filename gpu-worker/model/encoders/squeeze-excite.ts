/**
 * Squeeze and excitation (Hu et al. 2018): the mean of each channel over the image goes through two small layers, and what comes out weighs
 * the channels.
 *
 *   x -> mean [B, 1, 1, C] -> 1x1 convolution to few channels -> relu or swish -> 1x1 convolution to C -> sigmoid -> times x
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';

/** Of the authors' networks. */
const REDUCTION = 16;

export interface SqueezeOptions {
  /** Of the first convolution. Default: a sixteenth of the channels. */
  filters?: number;
  activation?: 'relu' | 'swish';
}

export function squeezeExcite(
  kit: LayerKit,
  x: SymbolicTensor,
  prefix: string,
  { filters = x.shape.at(-1)! / REDUCTION, activation = 'relu' }: SqueezeOptions = {},
): SymbolicTensor {
  let gate = kit.globalAverage(x, `${prefix}_squeeze`);
  gate = kit.conv(gate, `${prefix}_reduce`, { filters, kernelSize: 1 });
  gate = kit[activation](gate, `${prefix}_reduce_activation`);
  gate = kit.conv(gate, `${prefix}_expand`, { filters: x.shape.at(-1)!, kernelSize: 1 });
  gate = kit.sigmoid(gate, `${prefix}_expand_activation`);
  return kit.gateChannels(x, gate, `${prefix}_excite`);
}
