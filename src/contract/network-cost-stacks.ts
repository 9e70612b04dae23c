/**
 * What U-Net, LEAP and hourglass cost: an optional stem, then stacks of an encoder and a decoder, block by block as gpu-worker/model/backbones
 * builds them (encoder-decoder.ts there has the rule for skips).
 */
import type { HourglassConfig, LeapConfig, UNetConfig } from './backbones.ts';
import { hourglassStemStride } from './head-strides.ts';
import type { CostKit, Features, Strided } from './network-cost-kit.ts';

interface EncoderBlock {
  /** Factor on the stride. */
  poolingStride: number;
  count(x: Features): Features;
}

/** Halves the stride. @param skip features of the new stride; null where there are none. */
type DecoderBlock = (x: Features, skip: Features | null) => Features;

interface Stacks {
  /** Before the first stack, not repeated. */
  stem: EncoderBlock[];
  encoder: EncoderBlock[];
  decoder: DecoderBlock[];
  stacks: number;
}

/** @returns the features that each stack's head reads. */
export function countUNet(kit: CostKit, image: Features, config: UNetConfig, outputStride: number): Features[] {
  const stemBlocks = Math.log2(config.stem_stride ?? 1);
  const levels = Math.log2(config.max_stride);
  const filters = (level: number) => Math.trunc(config.filters * config.filters_rate ** level);
  const pool: EncoderBlock = { poolingStride: 2, count: x => kit.maxPool(x) };
  const down = (from: number, to: number, kernelSize: number): EncoderBlock[] => {
    const blocks: EncoderBlock[] = [];
    for (let level = from; level < to; level++) {
      const shape = { filters: filters(level), kernelSize };
      blocks.push({
        poolingStride: level > from ? 2 : 1,
        count: x => convolved(kit, level > from ? kit.maxPool(x) : x, 2, shape),
      });
    }
    return blocks.length === 0 ? [] : [...blocks, pool];
  };
  const middle: EncoderBlock = { poolingStride: 1, count: x => kit.conv(x, { filters: filters(levels) }) };
  return countStacks(image, {
    stem: down(0, stemBlocks, 7),
    encoder: [...down(stemBlocks, levels, 3), ...(config.middle_block ? [middle, middle] : [])],
    decoder: Array.from({ length: Math.log2(config.max_stride / outputStride) }, (_, i) =>
      upBlock(kit, filters(levels - 1 - i), config.up_interpolate),
    ),
    stacks: config.stacks,
  });
}

/** @returns the features that each stack's head reads. */
export function countLeap(kit: CostKit, image: Features, config: LeapConfig, outputStride: number): Features[] {
  const upBlocks = Math.log2(config.max_stride / outputStride);
  const filters = (level: number) => Math.trunc(config.filters * config.filters_rate ** level);
  return countStacks(image, {
    stem: [],
    encoder: Array.from({ length: Math.log2(config.max_stride) }, (_, level) => ({
      poolingStride: 2,
      count: (x: Features) => kit.maxPool(convolved(kit, x, 3, { filters: filters(level) })),
    })),
    decoder: Array.from({ length: upBlocks }, (_, i) => {
      const block = upBlock(kit, filters(upBlocks - i), config.up_interpolate);
      return (x: Features) => block(x, null);
    }),
    stacks: config.stacks,
  });
}

/** @returns the features that each stack's head reads. */
export function countHourglass(
  kit: CostKit,
  image: Features,
  config: HourglassConfig,
  outputStride: number,
): Features[] {
  const stemStride = hourglassStemStride(config, outputStride);
  const downBlocks = Math.log2(config.max_stride / stemStride);
  const filters = (level: number) => config.filters + level * config.filter_increase;
  const normed = (x: Features, shape: Parameters<CostKit['conv']>[1]) => kit.batchNorm(kit.conv(x, shape));
  const stem = (image: Features) => {
    const first = normed(image, { filters: config.stem_filters, kernelSize: 7, strides: stemStride === 4 ? 2 : 1 });
    const pooled = kit.maxPool(normed(first, { filters: 2 * config.stem_filters }), {
      strides: stemStride > 1 ? 2 : 1,
    });
    return normed(pooled, { filters: config.filters });
  };
  const up =
    (filters: number): DecoderBlock =>
    (x, skip) => {
      const enlarged = kit.upsample(normed(x, { filters }));
      normed(skip!, { filters });
      return kit.elementwise(enlarged);
    };
  return countStacks(image, {
    stem: [{ poolingStride: stemStride, count: stem }],
    encoder: Array.from({ length: downBlocks }, (_, level) => ({
      poolingStride: 2,
      count: (x: Features) => normed(kit.maxPool(x), { filters: filters(level) }),
    })),
    decoder: Array.from({ length: Math.log2(config.max_stride / outputStride) }, (_, i) =>
      up(filters(downBlocks - 1 - i)),
    ),
    stacks: config.stacks,
  });
}

function convolved(kit: CostKit, x: Features, convs: number, shape: { filters: number; kernelSize?: number }) {
  for (let i = 0; i < convs; i++) x = kit.conv(x, shape);
  return x;
}

function upBlock(kit: CostKit, filters: number, interpolate: boolean): DecoderBlock {
  return (x, skip) => {
    const enlarged = interpolate ? kit.upsample(x) : kit.transposedConv(x, { filters, kernelSize: 3, strides: 2 });
    return convolved(kit, skip ? kit.concat([skip, enlarged]) : enlarged, 2, { filters });
  };
}

function countStacks(image: Features, { stem, encoder, decoder, stacks }: Stacks): Features[] {
  const { end: start } = run(stem, { features: image, stride: 1 });
  const stemFeatures = stem.length > 0 ? [start] : [];
  const outputs: Features[] = [];
  let { features } = start;
  for (let stack = 0; stack < stacks; stack++) {
    const { end, reached } = run(encoder, { features, stride: start.stride });
    const sources = [...stemFeatures, ...reached.slice(0, -1)];
    let current = end;
    for (const block of decoder) {
      const stride = current.stride / 2;
      const skip = sources.find(source => source.stride === stride)?.features ?? null;
      current = { features: block(current.features, skip), stride };
    }
    features = current.features;
    outputs.push(features);
  }
  return outputs;
}

/** @returns the last features, and the first of each stride. */
function run(blocks: EncoderBlock[], from: Strided): { end: Strided; reached: Strided[] } {
  const reached: Strided[] = [];
  let end = from;
  for (const block of blocks) {
    end = { features: block.count(end.features), stride: end.stride * block.poolingStride };
    if (!reached.some(({ stride }) => stride === end.stride)) reached.push(end);
  }
  return { end, reached };
}
