/**
 * InceptionV3 (Szegedy et al. 2016): modules of parallel branches, whose results are joined; each line of a module is a branch of the paper's
 * figures 5 to 7. Taps are the last modules of strides 16 and 8, and the stem's convolutions before each pooling.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { branch, type Chain, convNormRelu, inceptionStem, poolBranch, reduction } from './inception-block.ts';

// biome-ignore format: a branch a line
const MODULE_35 = (pooled: number): Chain[] => [
  [[64, 1]],
  [[48, 1], [64, 5]],
  [[64, 1], [96, 3], [96, 3]],
  [[pooled, 1]],
];
// biome-ignore format: a branch a line
const REDUCTION_17: Chain[] = [
  [[384, 3, 2]],
  [[64, 1], [96, 3], [96, 3, 2]],
];
// biome-ignore format: a branch a line
const MODULE_17 = (n: number): Chain[] => [
  [[192, 1]],
  [[n, 1], [n, [1, 7]], [192, [7, 1]]],
  [[n, 1], [n, [7, 1]], [n, [1, 7]], [n, [7, 1]], [192, [1, 7]]],
  [[192, 1]],
];
// biome-ignore format: a branch a line
const REDUCTION_8: Chain[] = [
  [[192, 1], [320, 3, 2]],
  [[192, 1], [192, [1, 7]], [192, [7, 1]], [192, 3, 2]],
];

export function buildInceptionV3(kit: LayerKit, image: SymbolicTensor): EncoderFeatures {
  const { x2, x4, x8: stem } = inceptionStem(kit, image);
  let x = stem;
  for (const [i, pooled] of [32, 64, 64].entries()) x = inceptionModule(kit, x, `mixed${i}`, MODULE_35(pooled));
  const x8 = x;
  x = reduction(kit, x, 'mixed3', REDUCTION_17);
  for (const [i, n] of [128, 160, 160, 192].entries()) x = inceptionModule(kit, x, `mixed${4 + i}`, MODULE_17(n));
  const x16 = x;
  x = reduction(kit, x, 'mixed8', REDUCTION_8);
  for (const i of [9, 10]) x = wideModule(kit, x, `mixed${i}`);
  return { bottleneck: x, taps: [x2, x4, x8, x16] };
}

/** @param chains the last one follows an average pooling. */
function inceptionModule(kit: LayerKit, x: SymbolicTensor, name: string, chains: Chain[]): SymbolicTensor {
  const last = chains.length - 1;
  const build = (chain: Chain, i: number) => (i === last ? poolBranch : branch)(kit, x, `${name}_${'abcd'[i]}`, chain);
  return kit.concat(chains.map(build), name);
}

/** Two of the branches end in a row and a column side by side. */
function wideModule(kit: LayerKit, x: SymbolicTensor, name: string): SymbolicTensor {
  const split = (features: SymbolicTensor, part: string, joined: string) =>
    kit.concat(
      [
        convNormRelu(kit, features, `${part}_row`, [384, [1, 3]]),
        convNormRelu(kit, features, `${part}_column`, [384, [3, 1]]),
      ],
      joined,
    );
  const a = branch(kit, x, `${name}_a`, [[320, 1]]);
  // Keras names the joint of the one branch and not that of the other.
  const b = split(branch(kit, x, `${name}_b`, [[384, 1]]), `${name}_b`, `mixed9_${Number(name.slice(5)) - 9}`);
  const chain: Chain = [
    [448, 1],
    [384, 3],
  ];
  const c = split(branch(kit, x, `${name}_c`, chain), `${name}_c`, `${name}_c_joined`);
  const d = poolBranch(kit, x, `${name}_d`, [[192, 1]]);
  return kit.concat([a, b, c, d], name);
}
