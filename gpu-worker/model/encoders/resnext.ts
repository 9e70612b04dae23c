/**
 * ResNeXt of 50 or 101 layers (Xie et al. 2017), 32 groups of 4 channels in the first stage, in the topology of classification_models:
 * normalisation after each convolution, the rectifier after the sum.
 *
 *   unit    -+- 1x1 -> 3x3 in 32 groups -> 1x1 to twice the filters -+- add, relu
 *            +- 1x1 convolution in the first unit  ------------------+
 *
 * Taps are the first rectifiers of stages 4, 3 and 2, before their stride, and the stem's.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { preactivationStem } from './stem.ts';
import { unitsOf } from './units.ts';

const GROUPS = 32;
const NORM = { epsilon: 2e-5 };

/** @param units of each stage. */
export function buildResNeXt(kit: LayerKit, image: SymbolicTensor, units: readonly number[]): EncoderFeatures {
  const { relu0, pooled } = preactivationStem(kit, image, NORM);
  const taps = [relu0];
  let x = pooled;
  for (const { stage, unit, strides } of unitsOf(units)) {
    const shape = { filters: 128 * 2 ** (stage - 1), strides, projected: unit === 1 };
    const { relu1, output } = resnextUnit(kit, x, `stage${stage}_unit${unit}_`, shape);
    if (strides === 2) taps.push(relu1);
    x = output;
  }
  return { bottleneck: x, taps };
}

function resnextUnit(
  kit: LayerKit,
  input: SymbolicTensor,
  name: string,
  { filters, strides, projected }: { filters: number; strides: number; projected: boolean },
) {
  const one = (x: SymbolicTensor, part: string, out: number, stride = 1) =>
    kit.conv(x, name + part, { filters: out, kernelSize: 1, strides: stride, padding: 'valid', useBias: false });
  const norm = (x: SymbolicTensor, part: string) => kit.batchNorm(x, name + part, NORM);

  const relu1 = kit.relu(norm(one(input, 'conv1', filters), 'bn1'), `${name}relu1`);
  let x = kit.zeroPad(relu1, `${name}conv2_pad`, 1);
  x = kit.groupedConv(x, `${name}conv2`, { filters, groups: GROUPS, strides });
  x = kit.relu(norm(x, 'bn2'), `${name}relu2`);
  x = norm(one(x, 'conv3', 2 * filters), 'bn3');
  const shortcut = projected ? norm(one(input, 'sc', 2 * filters, strides), 'sc_bn') : input;
  return { relu1, output: kit.relu(kit.add([x, shortcut], `${name}add`), `${name}relu`) };
}
