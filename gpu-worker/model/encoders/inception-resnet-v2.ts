/**
 * InceptionResNetV2 (Szegedy et al. 2017): the branches of a module are joined, brought to the channels that came in by a 1x1 convolution, scaled
 * down and added to what came in. Taps are the last blocks of strides 16 and 8, and the stem's convolutions before each pooling.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { branch, type Chain, inceptionStem, poolBranch, reduction } from './inception-block.ts';

interface Block {
  branches: Chain[];
  /** Factor on what is added. */
  scale: number;
}

// biome-ignore format: a branch a line
const MIXED_5B: [Chain, Chain, Chain, Chain] = [
  [[96, 1]],
  [[48, 1], [64, 5]],
  [[64, 1], [96, 3], [96, 3]],
  [[64, 1]],
];
// biome-ignore format: a branch a line
const BLOCK35: Block = { scale: 0.17, branches: [
  [[32, 1]],
  [[32, 1], [32, 3]],
  [[32, 1], [48, 3], [64, 3]],
] };
// biome-ignore format: a branch a line
const MIXED_6A: Chain[] = [
  [[384, 3, 2]],
  [[256, 1], [256, 3], [384, 3, 2]],
];
// biome-ignore format: a branch a line
const BLOCK17: Block = { scale: 0.1, branches: [
  [[192, 1]],
  [[128, 1], [160, [1, 7]], [192, [7, 1]]],
] };
// biome-ignore format: a branch a line
const MIXED_7A: Chain[] = [
  [[256, 1], [384, 3, 2]],
  [[256, 1], [288, 3, 2]],
  [[256, 1], [288, 3], [320, 3, 2]],
];
// biome-ignore format: a branch a line
const BLOCK8: Block = { scale: 0.2, branches: [
  [[192, 1]],
  [[192, 1], [224, [1, 3]], [256, [3, 1]]],
] };

export function buildInceptionResNetV2(kit: LayerKit, image: SymbolicTensor): EncoderFeatures {
  const { x2, x4, x8: stem } = inceptionStem(kit, image);
  const [first, second, third, pooled] = MIXED_5B;
  const parts = [first, second, third].map((chain, i) => branch(kit, stem, `mixed_5b_${'abc'[i]}`, chain));
  let x = kit.concat([...parts, poolBranch(kit, stem, 'mixed_5b_d', pooled)], 'mixed_5b');
  for (let i = 1; i <= 10; i++) x = residualBlock(kit, x, `block35_${i}`, BLOCK35);
  const x8 = x;
  x = reduction(kit, x, 'mixed_6a', MIXED_6A);
  for (let i = 1; i <= 20; i++) x = residualBlock(kit, x, `block17_${i}`, BLOCK17);
  const x16 = x;
  x = reduction(kit, x, 'mixed_7a', MIXED_7A);
  for (let i = 1; i <= 9; i++) x = residualBlock(kit, x, `block8_${i}`, BLOCK8);
  x = scaledSum(kit, x, 'block8_10', { ...BLOCK8, scale: 1 });
  x = kit.conv(x, 'conv_7b', { filters: 1536, kernelSize: 1, useBias: false });
  x = kit.relu(kit.batchNorm(x, 'conv_7b_bn', { scale: false }), 'conv_7b_ac');
  return { bottleneck: x, taps: [x2, x4, x8, x16] };
}

function residualBlock(kit: LayerKit, x: SymbolicTensor, name: string, block: Block): SymbolicTensor {
  return kit.relu(scaledSum(kit, x, name, block), `${name}_ac`);
}

function scaledSum(kit: LayerKit, x: SymbolicTensor, name: string, { branches, scale }: Block): SymbolicTensor {
  const parts = branches.map((chain, i) => branch(kit, x, `${name}_${'abc'[i]}`, chain));
  const mixed = kit.concat(parts, `${name}_mixed`);
  const up = kit.conv(mixed, `${name}_conv`, { filters: x.shape.at(-1)!, kernelSize: 1 });
  return kit.add([x, kit.multiply(up, `${name}_scale`, scale)], name);
}
