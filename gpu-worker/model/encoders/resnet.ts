/**
 * ResNet v2 (He et al. 2016b) of 18, 34, 50, 101 or 152 layers in the topology of classification_models, which is MXNet's: normalisation and
 * rectifier before each convolution, and one of the image itself. SE-ResNet 18 and 34 weigh the channels at the end of each unit.
 *
 *   unit    bn, relu -+- conv .. conv (-> squeeze and excite) -+- add
 *                     +- 1x1 convolution in the first unit  ---+      (elsewhere the shortcut is the unit's input)
 *
 * Taps are the first rectifiers of stages 4, 3 and 2, before their stride, and the stem's.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';
import { squeezeExcite } from './squeeze-excite.ts';
import { preactivationStem } from './stem.ts';
import { unitsOf } from './units.ts';

export interface ResNetShape {
  /** Units of each stage. */
  units: readonly number[];
  /** 1x1, 3x3, 1x1 to four times the filters, instead of 3x3, 3x3. */
  bottleneck: boolean;
  /** Squeeze and excite. */
  attention?: boolean;
}

/** Of classification_models. */
const NORM = { epsilon: 2e-5 };

export function buildResNetV2(kit: LayerKit, image: SymbolicTensor, shape: ResNetShape): EncoderFeatures {
  const { relu0, pooled } = preactivationStem(kit, image, NORM);
  const taps = [relu0];
  let x = pooled;
  for (const { stage, unit, strides } of unitsOf(shape.units)) {
    const own = { ...shape, filters: 64 * 2 ** (stage - 1), strides, projected: unit === 1 };
    const { relu1, output } = residualUnit(kit, x, `stage${stage}_unit${unit}_`, own);
    if (strides === 2) taps.push(relu1);
    x = output;
  }
  x = kit.relu(kit.batchNorm(x, 'bn1', NORM), 'relu1');
  return { bottleneck: x, taps };
}

interface UnitShape extends Omit<ResNetShape, 'units'> {
  filters: number;
  strides: number;
  projected: boolean;
}

function residualUnit(kit: LayerKit, input: SymbolicTensor, name: string, shape: UnitShape) {
  const { filters, strides, bottleneck, attention, projected } = shape;
  const plain = { padding: 'valid', useBias: false } as const;
  const one = (x: SymbolicTensor, part: string, out: number, stride = 1) =>
    kit.conv(x, name + part, { ...plain, filters: out, kernelSize: 1, strides: stride });
  const three = (x: SymbolicTensor, part: string, stride = 1) =>
    kit.conv(kit.zeroPad(x, `${name}${part}_pad`, 1), name + part, { ...plain, filters, strides: stride });
  const normRelu = (x: SymbolicTensor, i: number) =>
    kit.relu(kit.batchNorm(x, `${name}bn${i}`, NORM), `${name}relu${i}`);

  const relu1 = normRelu(input, 1);
  const shortcut = projected ? one(relu1, 'sc', bottleneck ? 4 * filters : filters, strides) : input;
  let x = bottleneck
    ? one(normRelu(three(normRelu(one(relu1, 'conv1', filters), 2), 'conv2', strides), 3), 'conv3', 4 * filters)
    : three(normRelu(three(relu1, 'conv1', strides), 2), 'conv2');
  if (attention) x = squeezeExcite(kit, x, `${name}se`);
  return { relu1, output: kit.add([x, shortcut], `${name}add`) };
}
