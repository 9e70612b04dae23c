/**
 * SENet (Hu et al. 2018) in the topology of classification_models' senet.py: SE-ResNet 50, 101 and 152, SE-ResNeXt 50 and 101, and SENet154,
 * which its authors entered into ILSVRC 2017. Normalisation after each convolution; each unit weighs its channels before the sum.
 *
 *   unit    -+- reduce -> 3x3 -> 1x1 to F -> squeeze and excite -+- add, relu
 *            +- convolution where the shape changes  ------------+
 *
 *              reduce            3x3                        shortcut
 *   SE-ResNet  1x1 F/4, strided  F/4                        1x1
 *   SE-ResNeXt 1x1 F/2           F/2, 32 groups, strided    1x1
 *   SENet154   1x1 F/2           F, 64 groups, strided      3x3, in the very first unit 1x1
 *
 * Keras numbers the layers of these networks itself; the names here are ours. Taps are the last rectifiers of stages 3, 2 and 1 and the stem's.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { squeezeExcite } from './squeeze-excite.ts';
import { unitsOf } from './units.ts';

type Kind = 'se-resnet' | 'se-resnext' | 'senet154';

/** PyTorch's 1e-5 as a 32-bit float. */
const NORM = { epsilon: 9.999999747378752e-6 };
const GROUPS = { 'se-resnet': 1, 'se-resnext': 32, senet154: 64 } as const;

interface ConvShape {
  filters: number;
  kernelSize?: number;
  strides?: number;
  groups?: number;
}

/** @param units of each stage. */
export function buildSENet(
  kit: LayerKit,
  image: SymbolicTensor,
  kind: Kind,
  units: readonly number[],
): EncoderFeatures {
  const stem = buildStem(kit, image, kind);
  const taps = [stem];
  let x = kit.maxPool(kit.zeroPad(stem, 'pool_pad', 1), 'pool', { poolSize: 3, strides: 2, padding: 'valid' });
  for (const { stage, unit, strides } of unitsOf(units)) {
    if (strides === 2) taps.push(x);
    x = senetUnit(kit, x, `stage${stage}_unit${unit}`, kind, { filters: 256 * 2 ** (stage - 1), strides });
  }
  return { bottleneck: x, taps };
}

function buildStem(kit: LayerKit, image: SymbolicTensor, kind: Kind): SymbolicTensor {
  if (kind !== 'senet154') return convRelu(kit, image, 'stem', { filters: 64, kernelSize: 7, strides: 2 });
  let x = convRelu(kit, image, 'stem1', { filters: 64, strides: 2 });
  x = convRelu(kit, x, 'stem2', { filters: 64 });
  return convRelu(kit, x, 'stem3', { filters: 128 });
}

function senetUnit(
  kit: LayerKit,
  input: SymbolicTensor,
  name: string,
  kind: Kind,
  { filters, strides }: { filters: number; strides: number },
): SymbolicTensor {
  const isPlain = kind === 'se-resnet';
  const reduced = isPlain ? filters / 4 : filters / 2;
  const width = kind === 'senet154' ? filters : reduced;
  let x = convRelu(kit, input, `${name}_1`, { filters: reduced, kernelSize: 1, strides: isPlain ? strides : 1 });
  x = convRelu(kit, x, `${name}_2`, { filters: width, strides: isPlain ? 1 : strides, groups: GROUPS[kind] });
  x = convNorm(kit, x, `${name}_3`, { filters, kernelSize: 1 });
  const changes = strides !== 1 || input.shape.at(-1) !== filters;
  const kernelSize = kind === 'senet154' && name !== 'stage1_unit1' ? 3 : 1;
  const shortcut = changes ? convNorm(kit, input, `${name}_shortcut`, { filters, kernelSize, strides }) : input;
  x = squeezeExcite(kit, x, `${name}_se`);
  return kit.relu(kit.add([x, shortcut], `${name}_add`), `${name}_relu`);
}

function convRelu(kit: LayerKit, x: SymbolicTensor, name: string, shape: ConvShape): SymbolicTensor {
  return kit.relu(convNorm(kit, x, name, shape), `${name}_relu`);
}

/** Padded by itself, so that a stride takes the same pixels as in PyTorch. */
function convNorm(
  kit: LayerKit,
  x: SymbolicTensor,
  name: string,
  { filters, kernelSize = 3, strides = 1, groups = 1 }: ConvShape,
): SymbolicTensor {
  if (kernelSize > 1) x = kit.zeroPad(x, `${name}_pad`, (kernelSize - 1) / 2);
  const shape = { filters, kernelSize, strides, padding: 'valid' } as const;
  x =
    groups === 1
      ? kit.conv(x, `${name}_conv`, { ...shape, useBias: false })
      : kit.groupedConv(x, `${name}_conv`, { ...shape, groups });
  return kit.batchNorm(x, `${name}_bn`, NORM);
}
