/**
 * ResNet v1 (He et al. 2016) of 50, 101 or 152 layers in the topology of keras.applications, with SLEAP's ways to a finer stride:
 * sleap/nn/architectures/resnet.py and upsampling.py, v1.4.1. Layer names are those of both.
 *
 * The stride of a stage lies on its first 1x1 convolution. When max_stride is reached, later stages keep their resolution and look
 * as far as before by dilated 3x3 convolutions (`atrous`); SLEAP puts the dilation on 1x1 convolutions, where it does nothing.
 * With ImageNet weights the input is brought to caffe's range: gray repeated, levels 0 to 255, BGR, minus ImageNet's mean.
 * Leaves out the weights themselves; below max_stride 4 the stem's dropped strides are not made up for.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ResNetConfig } from '../../../src/contract/backbones.ts';
import { toRange } from '../image-range.ts';
import type { LayerKit } from '../layer-kit.ts';
import type { Feature } from './encoder-decoder.ts';
import { upsamplingStack } from './upsampling-stack.ts';

/** Residual blocks of the stages conv2 to conv5. */
const BLOCKS = { ResNet50: [3, 4, 6, 3], ResNet101: [3, 4, 23, 3], ResNet152: [3, 8, 36, 3] } as const;
const STAGE_FILTERS = [64, 128, 256, 512] as const;
const STAGE_STRIDES = [1, 2, 2, 2] as const;
const EPSILON = 1.001e-5;

/**
 * @param frozen the encoder keeps its weights.
 * @returns features of stride `outputStride`.
 */
export function buildResNet(
  kit: LayerKit,
  image: SymbolicTensor,
  config: ResNetConfig,
  outputStride: number,
  frozen: boolean,
): SymbolicTensor[] {
  const prepared = config.weights === 'random' ? image : toRange(image, 'caffe', 'imagenet_preproc_v1');
  kit.trainable = !frozen;
  const stemStrides = [config.max_stride > 1 ? 2 : 1, config.max_stride > 2 ? 2 : 1] as const;
  const stem = buildStem(kit, prepared, stemStrides);
  // Without a decoder SLEAP takes the first features of the head's stride, for instance the stem's 64 channels at 4, unless the last have it.
  const isEarly = config.upsampling === null && outputStride < config.max_stride;
  const early = isEarly ? stem.find(feature => feature.stride === outputStride) : undefined;
  const stages = early ? [early] : buildStages(kit, stem.at(-1)!, config, isEarly ? outputStride : null);
  kit.trainable = true;
  const end = stages.at(-1)!;
  if (config.upsampling !== null) {
    return [upsamplingStack(kit, end, { config: config.upsampling, outputStride, sources: stages })];
  }
  return [end.tensor];
}

function buildStem(kit: LayerKit, image: SymbolicTensor, [first, second]: readonly [number, number]): Feature[] {
  let x = kit.zeroPad(image, 'conv1_pad', 3);
  x = kit.conv(x, 'conv1_conv', { filters: 64, kernelSize: 7, strides: first, padding: 'valid' });
  x = kit.relu(kit.batchNorm(x, 'conv1_bn', { epsilon: EPSILON }), 'conv1_relu');
  const pooled = kit.maxPool(kit.zeroPad(x, 'pool1_pad', 1), 'pool1_pool', {
    poolSize: 3,
    strides: second,
    padding: 'valid',
  });
  return [
    { tensor: x, stride: first },
    { tensor: pooled, stride: first * second },
  ];
}

/** @param lastStride ends with the first features of this stride: layers that nothing reads would never be disposed of. */
function buildStages(kit: LayerKit, stem: Feature, config: ResNetConfig, lastStride: number | null): Feature[] {
  const features: Feature[] = [];
  let { tensor: x, stride } = stem;
  let dilationRate = 1;
  for (const [stage, blocks] of BLOCKS[config.version].entries()) {
    const wanted = STAGE_STRIDES[stage]!;
    const step = stride < config.max_stride ? wanted : 1;
    if (step < wanted && config.atrous) dilationRate *= wanted;
    stride *= step;
    for (let block = 1; block <= blocks; block++) {
      const name = `conv${stage + 2}_block${block}`;
      const shape = { filters: STAGE_FILTERS[stage]!, strides: block === 1 ? step : 1, dilationRate };
      x = residualBlock(kit, x, name, { ...shape, projected: block === 1 });
    }
    features.push({ tensor: x, stride });
    if (stride === lastStride) break;
  }
  return features;
}

function residualBlock(
  kit: LayerKit,
  x: SymbolicTensor,
  name: string,
  shape: { filters: number; strides: number; dilationRate: number; projected: boolean },
): SymbolicTensor {
  const { filters, strides, dilationRate, projected } = shape;
  const convBn = (input: SymbolicTensor, part: number, options: Parameters<LayerKit['conv']>[2]) =>
    kit.batchNorm(kit.conv(input, `${name}_${part}_conv`, options), `${name}_${part}_bn`, { epsilon: EPSILON });

  const shortcut = projected ? convBn(x, 0, { filters: 4 * filters, kernelSize: 1, strides, padding: 'valid' }) : x;
  let y = kit.relu(convBn(x, 1, { filters, kernelSize: 1, strides, padding: 'valid' }), `${name}_1_relu`);
  y = kit.relu(convBn(y, 2, { filters, dilationRate }), `${name}_2_relu`);
  y = convBn(y, 3, { filters: 4 * filters, kernelSize: 1, padding: 'valid' });
  return kit.relu(kit.add([shortcut, y], `${name}_add`), `${name}_out`);
}
