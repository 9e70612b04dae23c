/**
 * What a pretrained encoder with its decoder costs, as gpu-worker/model/backbones/pretrained-encoder.ts builds them: the encoder from a table of the
 * worker's own networks (network-cost-table.ts), the decoder step by step.
 */

import type { PretrainedEncoderConfig } from './backbones.ts';
import { ENCODER_STRIDE, type Encoder, type EncoderPreprocessing } from './encoders.ts';
import type { CostKit, Features } from './network-cost-kit.ts';
import { ENCODER_COSTS } from './network-cost-table.ts';

/** Two convolutions between VGG's last pooling and the decoder. */
const CENTER_FILTERS = 512;

/** @returns the features that the head reads. */
export function countPretrainedEncoder(
  kit: CostKit,
  image: Features,
  config: PretrainedEncoderConfig,
  { outputStride, preprocessing }: { outputStride: number; preprocessing: EncoderPreprocessing },
): Features {
  const { encoder, decoder_filters: filters, decoder_filters_rate: rate } = config;
  const prepared = kit.toRange(image, { unit: preprocessing === 'sleap' });
  const [deepest, ...taps] = countEncoder(kit, prepared, encoder);
  const refined = (x: Features, shape: { filters: number }) => kit.batchNorm(kit.conv(x, { ...shape, useBias: false }));
  let x = deepest!;
  if (encoder.startsWith('vgg')) for (let i = 0; i < 2; i++) x = refined(x, { filters: CENTER_FILTERS });
  const stages = Math.log2(ENCODER_STRIDE / outputStride);
  for (let i = 0; i < stages; i++) {
    x = kit.upsample(x);
    const tap = taps[i];
    if (tap) x = kit.concat([x, tap]);
    for (let part = 0; part < 2; part++) x = refined(x, { filters: filters * rate ** i });
  }
  return x;
}

/** @returns its features of strides 32, 16, 8, 4 and 2. */
function countEncoder(kit: CostKit, image: Features, encoder: Encoder): Features[] {
  const [parameters, statistics, multiplyAddsEach, multiplyAddsOnce, each, along, once, ...channels] =
    ENCODER_COSTS[encoder];
  const [rows, columns] = [image.heightPx / ENCODER_STRIDE, image.widthPx / ENCODER_STRIDE];
  kit.addKnown({
    parameters,
    weights: parameters + statistics,
    multiplyAdds: multiplyAddsEach * rows * columns + multiplyAddsOnce,
    activations: each * rows * columns + along * (rows + columns) + once,
  });
  return channels.map((channels, i) => ({
    heightPx: rows * 2 ** i,
    widthPx: columns * 2 ** i,
    channels,
  }));
}
