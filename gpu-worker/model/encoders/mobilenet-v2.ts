/**
 * MobileNetV2 (Sandler et al. 2018), width 1, in the topology of keras.applications: inverted residuals with linear ends.
 *
 *   block   -+- 1x1 to six times the channels -> depthwise 3x3 -> 1x1 -+- add, where the shape stays
 *            +---------------------------------------------------------+
 *
 * Taps are the expanded features in front of each strided depthwise convolution.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { BEFORE_STRIDE } from './mobilenet.ts';

const NORM = { epsilon: 1e-3, momentum: 0.999 };
const EXPANSION = 6;
/** Channels, blocks and stride of the first block of each stage: the paper's table 2. */
const STAGES = [
  { filters: 16, blocks: 1, strides: 1 },
  { filters: 24, blocks: 2, strides: 2 },
  { filters: 32, blocks: 3, strides: 2 },
  { filters: 64, blocks: 4, strides: 2 },
  { filters: 96, blocks: 3, strides: 1 },
  { filters: 160, blocks: 3, strides: 2 },
  { filters: 320, blocks: 1, strides: 1 },
];

export function buildMobileNetV2(kit: LayerKit, image: SymbolicTensor): EncoderFeatures {
  let x = kit.zeroPad(image, 'Conv1_pad', BEFORE_STRIDE);
  x = kit.conv(x, 'Conv1', { filters: 32, strides: 2, padding: 'valid', useBias: false });
  x = kit.relu6(kit.batchNorm(x, 'bn_Conv1', NORM), 'Conv1_relu');
  const taps: SymbolicTensor[] = [];
  let index = 0;
  for (const { filters, blocks, strides: first } of STAGES) {
    for (let block = 0; block < blocks; block++, index++) {
      const strides = block === 0 ? first : 1;
      const { expanded, output } = invertedResidual(kit, x, index, { filters, strides });
      if (strides === 2) taps.push(expanded);
      x = output;
    }
  }
  x = kit.conv(x, 'Conv_1', { filters: 1280, kernelSize: 1, padding: 'valid', useBias: false });
  return { bottleneck: kit.relu6(kit.batchNorm(x, 'Conv_1_bn', NORM), 'out_relu'), taps };
}

function invertedResidual(
  kit: LayerKit,
  input: SymbolicTensor,
  index: number,
  { filters, strides }: { filters: number; strides: number },
) {
  const prefix = index === 0 ? 'expanded_conv_' : `block_${index}_`;
  const channels = input.shape.at(-1)!;
  const norm = (x: SymbolicTensor, part: string) => kit.batchNorm(x, `${prefix}${part}_BN`, NORM);
  let expanded = input;
  if (index > 0) {
    const shape = { filters: EXPANSION * channels, kernelSize: 1, useBias: false };
    expanded = kit.relu6(norm(kit.conv(input, `${prefix}expand`, shape), 'expand'), `${prefix}expand_relu`);
  }
  const padded = strides === 2 ? kit.zeroPad(expanded, `${prefix}pad`, BEFORE_STRIDE) : expanded;
  const padding = strides === 2 ? 'valid' : 'same';
  let x = kit.depthwiseConv(padded, `${prefix}depthwise`, { kernelSize: 3, strides, padding });
  x = kit.relu6(norm(x, 'depthwise'), `${prefix}depthwise_relu`);
  x = norm(kit.conv(x, `${prefix}project`, { filters, kernelSize: 1, useBias: false }), 'project');
  const output = channels === filters && strides === 1 ? kit.add([input, x], `${prefix}add`) : x;
  return { expanded, output };
}
