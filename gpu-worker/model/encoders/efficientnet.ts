/**
 * EfficientNet B0 to B7 (Tan & Le 2019) in the topology of qubvel/efficientnet: MobileNetV2's inverted residuals with swish, squeeze and excitation,
 * and blocks dropped at random while training; wider and deeper from B0 to B7.
 *
 *   block   -+- 1x1 to six times the channels -> depthwise -> squeeze and excite -> 1x1 -> drop -+- add, where the shape stays
 *            +-----------------------------------------------------------------------------------+
 *
 * Taps are the expanded features in front of each strided depthwise convolution. tf.keras.applications has networks of these names with other
 * layers and weights. Blocks are dropped as in the paper, up to one in five; qubvel/efficientnet 1.1.1 counts B0's 16 blocks for every variant,
 * which drops two in three of B7's last ones.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { squeezeExcite } from './squeeze-excite.ts';

/** B0's stages: the paper's table 1. */
const STAGES = [
  { kernelSize: 3, filters: 16, blocks: 1, strides: 1, expansion: 1 },
  { kernelSize: 3, filters: 24, blocks: 2, strides: 2, expansion: 6 },
  { kernelSize: 5, filters: 40, blocks: 2, strides: 2, expansion: 6 },
  { kernelSize: 3, filters: 80, blocks: 3, strides: 2, expansion: 6 },
  { kernelSize: 5, filters: 112, blocks: 3, strides: 1, expansion: 6 },
  { kernelSize: 5, filters: 192, blocks: 4, strides: 2, expansion: 6 },
  { kernelSize: 3, filters: 320, blocks: 1, strides: 1, expansion: 6 },
];
/** Of a block's input channels. */
const SQUEEZE = 0.25;
/** Chance that the last block of a network is dropped; it grows evenly from 0. */
const DROP_RATE = 0.2;

export interface EfficientNetScale {
  /** Factors on channels and on blocks. */
  width: number;
  depth: number;
}

export function buildEfficientNet(
  kit: LayerKit,
  image: SymbolicTensor,
  { width, depth }: EfficientNetScale,
): EncoderFeatures {
  const stages = STAGES.map(stage => ({
    ...stage,
    filters: wholeEights(stage.filters * width),
    blocks: Math.ceil(stage.blocks * depth),
  }));
  const total = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  let x = kit.conv(image, 'stem_conv', { filters: wholeEights(32 * width), strides: 2, useBias: false });
  x = kit.swish(kit.batchNorm(x, 'stem_bn'), 'stem_activation');
  const taps: SymbolicTensor[] = [];
  let index = 0;
  for (const [i, stage] of stages.entries()) {
    for (let block = 0; block < stage.blocks; block++, index++) {
      const shape = { ...stage, strides: block === 0 ? stage.strides : 1, dropRate: (DROP_RATE * index) / total };
      const { expanded, output } = invertedResidual(kit, x, `block${i + 1}${letter(block)}_`, shape);
      if (shape.strides === 2) taps.push(expanded);
      x = output;
    }
  }
  x = kit.conv(x, 'top_conv', { filters: wholeEights(1280 * width), kernelSize: 1, useBias: false });
  return { bottleneck: kit.swish(kit.batchNorm(x, 'top_bn'), 'top_activation'), taps };
}

interface BlockShape {
  kernelSize: number;
  filters: number;
  strides: number;
  expansion: number;
  dropRate: number;
}

function invertedResidual(
  kit: LayerKit,
  input: SymbolicTensor,
  name: string,
  { kernelSize, filters, strides, expansion, dropRate }: BlockShape,
) {
  const channels = input.shape.at(-1)!;
  let expanded = input;
  if (expansion > 1) {
    const shape = { filters: expansion * channels, kernelSize: 1, useBias: false };
    expanded = kit.batchNorm(kit.conv(input, `${name}expand_conv`, shape), `${name}expand_bn`);
    expanded = kit.swish(expanded, `${name}expand_activation`);
  }
  let x = kit.depthwiseConv(expanded, `${name}dwconv`, { kernelSize, strides, padding: 'same' });
  x = kit.swish(kit.batchNorm(x, `${name}bn`), `${name}activation`);
  const squeezed = Math.max(1, Math.trunc(channels * SQUEEZE));
  x = squeezeExcite(kit, x, `${name}se`, { filters: squeezed, activation: 'swish' });
  x = kit.conv(x, `${name}project_conv`, { filters, kernelSize: 1, useBias: false });
  x = kit.batchNorm(x, `${name}project_bn`);
  if (strides > 1 || channels !== filters) return { expanded, output: x };
  if (dropRate > 0) x = kit.dropConnect(x, `${name}drop`, dropRate);
  return { expanded, output: kit.add([x, input], `${name}add`) };
}

/** The nearest multiple of eight, at least nine tenths of what was asked for. */
function wholeEights(channels: number): number {
  const nearest = Math.max(8, 8 * Math.floor((channels + 4) / 8));
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}

const letter = (block: number) => String.fromCharCode('a'.charCodeAt(0) + block);
