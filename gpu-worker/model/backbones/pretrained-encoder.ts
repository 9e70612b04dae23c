/**
 * SLEAP's pretrained_encoder (sleap/nn/architectures/pretrained_encoders.py, v1.4.1): a network known from ImageNet under the decoder of
 * segmentation_models' Unet. Layer names are those of both.
 *
 *   stage i   nearest upsampling -> concat with the encoder's features of that stride, if it has any -> 2 x (3x3 convolution, bn, relu)
 *
 * Between VGG's last pooling and the decoder are two more convolutions. In SLEAP the encoder sees levels in [0, 1] whatever it was trained
 * on; here it sees the range it was trained on, or SLEAP's on request. Gray is repeated, always: SLEAP builds an encoder of one channel for it
 * where it begins with random numbers.
 */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { PretrainedEncoderConfig } from '../../../src/contract/backbones.ts';
import { ENCODER_STRIDE, type EncoderPreprocessing } from '../../../src/contract/encoders.ts';
import { buildEncoder, imagenetRangeOf } from '../encoders/encoder.ts';
import { toRange } from '../image-range.ts';
import type { LayerKit } from '../layer-kit.ts';

const FIRST_OF_DECODER = 'decoder_stage0_upsampling';
const FIRST_OF_CENTER = 'center_block1_conv';
const CENTER_FILTERS = 512;

/** @returns features of stride `outputStride`, below 32. */
export function buildPretrainedEncoder(
  kit: LayerKit,
  image: SymbolicTensor,
  config: PretrainedEncoderConfig,
  { outputStride, preprocessing }: { outputStride: number; preprocessing: EncoderPreprocessing },
): SymbolicTensor[] {
  const { encoder, decoder_filters: filters, decoder_filters_rate: rate } = config;
  const range = preprocessing === 'sleap' ? 'unit' : imagenetRangeOf(encoder);
  const { bottleneck, taps } = buildEncoder(kit, toRange(image, range, 'imagenet_preproc'), encoder);
  kit.kernelStart = 'he_uniform';
  let x = encoder.startsWith('vgg') ? center(kit, bottleneck) : bottleneck;
  const stages = Math.log2(ENCODER_STRIDE / outputStride);
  for (let i = 0; i < stages; i++) {
    const name = `decoder_stage${i}`;
    x = kit.upsampleNearest(x, `${name}_upsampling`);
    const skip = taps.at(-1 - i);
    if (skip) x = kit.concat([x, skip], `${name}_concat`);
    for (const part of ['a', 'b']) x = convNormRelu(kit, x, name + part, filters * rate ** i);
  }
  kit.kernelStart = 'glorot_uniform';
  return [x];
}

/** The deepest features of the encoder in a network of this backbone. */
export function bottleneckOf(network: LayersModel): SymbolicTensor {
  const first = network.layers.find(({ name }) => name === FIRST_OF_CENTER) ?? network.getLayer(FIRST_OF_DECODER);
  return first.input as SymbolicTensor;
}

function center(kit: LayerKit, x: SymbolicTensor): SymbolicTensor {
  return convNormRelu(kit, convNormRelu(kit, x, 'center_block1', CENTER_FILTERS), 'center_block2', CENTER_FILTERS);
}

function convNormRelu(kit: LayerKit, x: SymbolicTensor, name: string, filters: number): SymbolicTensor {
  x = kit.conv(x, `${name}_conv`, { filters, useBias: false });
  return kit.relu(kit.batchNorm(x, `${name}_bn`), `${name}_relu`);
}
