/**
 * MobileNet (Howard et al. 2017), width 1, in the topology of keras.applications: thirteen blocks of a depthwise 3x3 and a 1x1 convolution, each
 * normalised and rectified up to 6. Taps are the blocks before each halving.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';

/** Filters and stride of each block: the paper's table 1. */
// biome-ignore format: a resolution a line
const BLOCKS: [filters: number, strides: number][] = [
  [64, 1],
  [128, 2], [128, 1],
  [256, 2], [256, 1],
  [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1],
  [1024, 2], [1024, 1],
];

/** In front of a stride of 2: below and on the right, as TensorFlow's 'same' does it for even sizes. */
export const BEFORE_STRIDE: [[number, number], [number, number]] = [
  [0, 1],
  [0, 1],
];

export function buildMobileNet(kit: LayerKit, image: SymbolicTensor): EncoderFeatures {
  const normRelu6 = (x: SymbolicTensor, name: string) => kit.relu6(kit.batchNorm(x, `${name}_bn`), `${name}_relu`);
  let x = kit.zeroPad(image, 'conv1_pad', BEFORE_STRIDE);
  x = normRelu6(kit.conv(x, 'conv1', { filters: 32, strides: 2, padding: 'valid', useBias: false }), 'conv1');
  const taps: SymbolicTensor[] = [];
  for (const [i, [filters, strides]] of BLOCKS.entries()) {
    const [depthwise, pointwise] = [`conv_dw_${i + 1}`, `conv_pw_${i + 1}`];
    if (strides === 2) {
      taps.push(x);
      x = kit.zeroPad(x, `conv_pad_${i + 1}`, BEFORE_STRIDE);
    }
    const padding = strides === 2 ? 'valid' : 'same';
    x = normRelu6(kit.depthwiseConv(x, depthwise, { kernelSize: 3, strides, padding }), depthwise);
    x = normRelu6(kit.conv(x, pointwise, { filters, kernelSize: 1, useBias: false }), pointwise);
  }
  return { bottleneck: x, taps };
}
