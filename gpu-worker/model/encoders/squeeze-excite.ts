/**
 * Squeeze and excitation (Hu et al. 2018): the mean of each channel over the image goes through two small layers, and what comes out weighs
 * the channels.
 *
 *   x -> mean [B, 1, 1, C] -> 1x1 convolution to C / 16 -> relu -> 1x1 convolution to C -> sigmoid -> times x
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';

const REDUCTION = 16;

export function squeezeExcite(kit: LayerKit, x: SymbolicTensor, prefix: string): SymbolicTensor {
  const channels = x.shape.at(-1)!;
  let gate = kit.globalAverage(x, `${prefix}_squeeze`);
  gate = kit.conv(gate, `${prefix}_reduce`, { filters: channels / REDUCTION, kernelSize: 1, padding: 'valid' });
  gate = kit.relu(gate, `${prefix}_reduce_relu`);
  gate = kit.conv(gate, `${prefix}_expand`, { filters: channels, kernelSize: 1, padding: 'valid' });
  gate = kit.sigmoid(gate, `${prefix}_gate`);
  return kit.gateChannels(x, gate, `${prefix}_excite`);
}
