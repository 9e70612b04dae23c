/**
 * What a network costs before it is built: its size, the work of a frame and what training has to keep of a frame, from the configuration alone. The
 * page shows it while somebody fills in the form; the layers are those of gpu-worker/model, gone through without numbers.
 *
 * Leaves out what the counts become on a device: memory and work of a training are in network-cost-training.ts, time in training-speed.ts.
 */
import { countPretrainedEncoder } from './network-cost-encoder.ts';
import { CostKit, type Features } from './network-cost-kit.ts';
import { countResNet } from './network-cost-resnet.ts';
import { countHourglass, countLeap, countUNet } from './network-cost-stacks.ts';
import type { TrainingConfig } from './training.ts';

/** Training images as they are, before input_scaling. */
export interface ImageShape {
  widthPx: number;
  heightPx: number;
  /** 1 gray, 3 RGB. */
  channels: 1 | 3;
}

export interface NetworkCost {
  /** The network's input: the image scaled, and padded to a multiple of max_stride. */
  widthPx: number;
  heightPx: number;
  /** Numbers that training changes: `parameters` of the model. */
  parameters: number;
  /** Those and the ones it does not change, such as the statistics of normalisations. */
  weights: number;
  /** Of one forward pass. */
  multiplyAddsPerFrame: number;
  /** Of one frame in a training step: forward, and backward two for each one in a layer that is trained. */
  trainingMultiplyAddsPerFrame: number;
  /** What all layers write for a frame, in float32 whatever the `precision`: mixed rounds the factors of products only, nothing that is kept. */
  activationBytesPerFrame: number;
}

/** Whether a resnet's encoder is to keep its weights; where ImageNet's cannot be had, the worker trains it all the same. */
export function asksToFreeze(config: TrainingConfig): boolean {
  return (
    config.backbone_model === 'resnet' && config.backbone_config.weights === 'frozen' && config.encoder_weights !== null
  );
}

/** @param keypoints how many: one confidence map each. */
export function networkCost(
  config: TrainingConfig,
  image: ImageShape,
  keypoints: number,
  frozen: boolean = asksToFreeze(config),
): NetworkCost {
  const kit = new CostKit();
  const input = { ...inputSize(config, image), channels: image.channels };
  kit.elementwise(input);
  for (const features of countBackbone(kit, input, config, frozen))
    kit.conv(features, { filters: keypoints, kernelSize: 1 });
  return {
    widthPx: input.widthPx,
    heightPx: input.heightPx,
    parameters: kit.parameters,
    weights: kit.weights,
    multiplyAddsPerFrame: kit.multiplyAdds,
    trainingMultiplyAddsPerFrame: kit.multiplyAdds + 2 * kit.trainedMultiplyAdds,
    activationBytesPerFrame: FLOAT_BYTES * kit.activations,
  };
}

export const FLOAT_BYTES = 4;

/** What each head of the network reads. */
function countBackbone(kit: CostKit, input: Features, config: TrainingConfig, frozen: boolean): Features[] {
  const { heads_output_stride: outputStride, encoder_preprocessing: preprocessing } = config;
  switch (config.backbone_model) {
    case 'unet':
      return countUNet(kit, input, config.backbone_config, outputStride);
    case 'leap':
      return countLeap(kit, input, config.backbone_config, outputStride);
    case 'hourglass':
      return countHourglass(kit, input, config.backbone_config, outputStride);
    case 'resnet':
      return [countResNet(kit, input, config.backbone_config, { outputStride, frozen })];
    case 'pretrained_encoder':
      return [countPretrainedEncoder(kit, input, config.backbone_config, { outputStride, preprocessing })];
  }
}

/** As inputGeometry() of gpu-worker/model/preprocess.ts brings an image of the training's own size to it. */
function inputSize(config: TrainingConfig, { widthPx, heightPx }: ImageShape) {
  const { max_stride: stride } = config.backbone_config;
  const padded = (px: number) => Math.ceil(Math.max(1, Math.floor(px * config.input_scaling + 1e-6)) / stride) * stride;
  return { widthPx: padded(widthPx), heightPx: padded(heightPx) };
}
