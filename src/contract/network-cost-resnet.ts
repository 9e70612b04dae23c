/**
 * What a resnet costs: stem, stages of residual blocks up to the stride that is read, and its decoder, as gpu-worker/model/backbones/resnet.ts and
 * upsampling-stack.ts build them. A dilated convolution counts as a plain one.
 */
import type { ResNetConfig, UpsamplingConfig } from './backbones.ts';
import type { CostKit, Features, Strided } from './network-cost-kit.ts';

/** Residual blocks of each stage, with the channels in their middle and the stride of the first. */
const BLOCKS = { ResNet50: [3, 4, 6, 3], ResNet101: [3, 4, 23, 3], ResNet152: [3, 8, 36, 3] } as const;
const STAGE_FILTERS = [64, 128, 256, 512] as const;
const STAGE_STRIDES = [1, 2, 2, 2] as const;

/**
 * @param frozen the encoder keeps its weights.
 * @returns the features that the head reads.
 */
export function countResNet(
  kit: CostKit,
  image: Features,
  config: ResNetConfig,
  { outputStride, frozen }: { outputStride: number; frozen: boolean },
): Features {
  const prepared = config.weights === 'random' ? image : kit.toRange(image, { unit: false });
  kit.trainable = !frozen;
  const end = countEncoder(kit, prepared, config, config.upsampling === null ? outputStride : null);
  kit.trainable = true;
  const last = end.at(-1)!;
  if (config.upsampling === null) return last.features;
  return upsampled(kit, last, { config: config.upsampling, outputStride, sources: end });
}

/** @param wanted nothing beyond the first features of this stride is part of the network, unless it is the deepest; null: all is. */
function countEncoder(kit: CostKit, image: Features, config: ResNetConfig, wanted: number | null): Strided[] {
  const until = wanted !== null && wanted < config.max_stride ? wanted : null;
  let stride = config.max_stride > 1 ? 2 : 1;
  let x = kit.conv(kit.pad(image, 3), { filters: 64, kernelSize: 7, strides: stride, padding: 'valid' });
  x = kit.batchNorm(x);
  if (until === stride) return [{ features: x, stride }];
  const poolStrides = config.max_stride > 2 ? 2 : 1;
  x = kit.maxPool(kit.pad(x, 1), { poolSize: 3, strides: poolStrides, padding: 'valid' });
  stride *= poolStrides;
  if (until === stride) return [{ features: x, stride }];
  const stages: Strided[] = [];
  for (const [stage, blocks] of BLOCKS[config.version].entries()) {
    const step = stride < config.max_stride ? STAGE_STRIDES[stage]! : 1;
    stride *= step;
    for (let block = 0; block < blocks; block++)
      x = residualBlock(kit, x, STAGE_FILTERS[stage]!, { strides: block === 0 ? step : 1, projected: block === 0 });
    stages.push({ features: x, stride });
    if (until === stride) break;
  }
  return stages;
}

function residualBlock(
  kit: CostKit,
  x: Features,
  filters: number,
  { strides, projected }: { strides: number; projected: boolean },
): Features {
  const normed = (from: Features, shape: Parameters<CostKit['conv']>[1]) => kit.batchNorm(kit.conv(from, shape));
  if (projected) normed(x, { filters: 4 * filters, kernelSize: 1, strides });
  let y = normed(x, { filters, kernelSize: 1, strides });
  y = normed(y, { filters });
  y = normed(y, { filters: 4 * filters, kernelSize: 1 });
  // The sum, and the rectifier after it.
  return kit.elementwise(kit.elementwise(y));
}

function upsampled(
  kit: CostKit,
  from: Strided,
  { config, outputStride, sources }: { config: UpsamplingConfig; outputStride: number; sources: Strided[] },
): Features {
  let { features: x, stride } = from;
  for (let step = 0; stride > outputStride; step++) {
    stride /= config.block_stride;
    const filters = Math.trunc(config.filters * config.filters_rate ** step);
    x = enlarged(kit, x, config, filters);
    const skip = sources.find(source => source.stride === stride)?.features;
    if (skip && config.skip_connections !== null) x = joined(kit, skip, x, config.skip_connections);
    for (let i = 0; i < config.refine_convs; i++) x = normedIf(kit, kit.conv(x, { filters }), config);
  }
  return x;
}

function enlarged(kit: CostKit, x: Features, config: UpsamplingConfig, filters: number): Features {
  const { method, block_stride: strides, transposed_conv_kernel_size: kernelSize } = config;
  if (method === 'interpolation') return kit.upsample(x, strides);
  return normedIf(kit, kit.transposedConv(x, { filters, kernelSize, strides }), config);
}

function normedIf(kit: CostKit, x: Features, { batch_norm }: UpsamplingConfig): Features {
  return batch_norm ? kit.batchNorm(x) : x;
}

function joined(kit: CostKit, skip: Features, x: Features, how: 'add' | 'concatenate'): Features {
  if (how === 'concatenate') return kit.concat([skip, x]);
  if (skip.channels !== x.channels) kit.conv(skip, { filters: x.channels, kernelSize: 1 });
  return kit.elementwise(x);
}
