/**
 * The whole network: a backbone and the head that draws one confidence map per keypoint.
 *
 * As sleap/nn/model.py for SingleInstanceConfmapsHead: a linear 1x1 convolution on the features of the head's stride. A backbone of several
 * stacks has a head on each; all of them learn (intermediate supervision) and the last one predicts.
 * Leaves out: other heads; training (train/) and files (weights.ts, keras-h5.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BackboneChoice } from '../../src/contract/backbones.ts';
import type { EncoderPreprocessing } from '../../src/contract/encoders.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { AppError } from '../../src/errors.ts';
import { buildHourglass } from './backbones/hourglass.ts';
import { buildLeap } from './backbones/leap.ts';
import { buildPretrainedEncoder } from './backbones/pretrained-encoder.ts';
import { buildResNet } from './backbones/resnet.ts';
import { buildUNet } from './backbones/unet.ts';
import { LayerKit } from './layer-kit.ts';
import type { NamedArray } from './weights.ts';

const HEAD_NAME = 'SingleInstanceConfmapsHead';

export interface NetworkOptions {
  backbone: BackboneChoice;
  /** Input pixels per pixel of the confidence maps. */
  headsOutputStride: number;
  /** [H, W, C]; H and W multiples of the backbone's max_stride, or null: any such multiple, known when the network is called. */
  inputShape: [number | null, number | null, number];
  keypoints: number;
  /** Unsigned 32-bit integer; null: weights are zero, to be put in afterwards. */
  seed: number | null;
  /** The encoder of a resnet keeps its weights. Default: it is trained. */
  frozen?: boolean;
  /** What a pretrained encoder makes of levels. Default: the range of its ImageNet weights. */
  preprocessing?: EncoderPreprocessing;
}

/**
 * Builds the network: [B, H, W, C] images in [0, 1] -> [B, H/s, W/s, K] confidence maps of each stack.
 * @throws AppError invalid_request when the backbone has no features of the head's stride.
 */
export function buildNetwork(options: NetworkOptions): LayersModel {
  const { backbone, headsOutputStride, inputShape, keypoints, seed } = options;
  const strides = headStrides(backbone);
  if (!strides.includes(headsOutputStride)) {
    throw new AppError(
      'invalid_request',
      `This ${backbone.backbone_model} has no features of stride ${headsOutputStride}.`,
      { remedy: `Set heads_output_stride to one of ${strides.join(', ')}.` },
    );
  }
  const kit = new LayerKit(seed);
  const image = input({ shape: inputShape, name: 'input' });
  const features = buildBackbone(kit, image, options);
  const heads = features.map((x, stack) =>
    kit.conv(x, features.length === 1 ? HEAD_NAME : `${HEAD_NAME}_${stack}`, { filters: keypoints, kernelSize: 1 }),
  );
  return model({ inputs: image, outputs: heads, name: 'model' });
}

function buildBackbone(
  kit: LayerKit,
  image: SymbolicTensor,
  { backbone, headsOutputStride: stride, frozen = false, preprocessing = 'imagenet' }: NetworkOptions,
): SymbolicTensor[] {
  switch (backbone.backbone_model) {
    case 'unet':
      return buildUNet(kit, image, backbone.backbone_config, stride);
    case 'leap':
      return buildLeap(kit, image, backbone.backbone_config, stride);
    case 'hourglass':
      return buildHourglass(kit, image, backbone.backbone_config, stride);
    case 'resnet':
      return buildResNet(kit, image, backbone.backbone_config, stride, frozen);
    case 'pretrained_encoder':
      return buildPretrainedEncoder(kit, image, backbone.backbone_config, { outputStride: stride, preprocessing });
  }
}

export interface Pass {
  training?: boolean;
  /** [layers, B] in [0, 1), for networks that drop frames while training (layers/drop-connect.ts); without it nothing is dropped. */
  dropNumbers?: tf.Tensor2D | null;
}

/** The confidence maps of every stack, [B, h, w, K] each; the last ones are the prediction. */
export function runNetwork(
  network: LayersModel,
  images: tf.Tensor4D,
  { training = false, dropNumbers = null }: Pass = {},
): tf.Tensor4D[] {
  const outputs = network.apply(images, { training, dropNumbers }) as tf.Tensor4D | tf.Tensor4D[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** A weight of a network. */
export interface NamedVariable {
  /** "LAYER/kernel", "LAYER/bias" or another of Keras's names, the same in every process. */
  name: string;
  tensor: tf.Variable;
  /** false for the statistics of a batch normalisation and all of a frozen layer. */
  trainable: boolean;
}

/** The network's weights, in the order of its layers; they stay the network's. */
export function namedWeights(network: LayersModel): NamedVariable[] {
  return network.layers.flatMap(layer =>
    layer.weights.map(weight => ({
      name: `${layer.name}/${weight.originalName.split('/').at(-1)}`,
      tensor: weight.read() as tf.Variable,
      trainable: layer.trainable && weight.trainable,
    })),
  );
}

/** Those that training changes by their gradients. */
export function trainableWeights(network: LayersModel): NamedVariable[] {
  return namedWeights(network).filter(weight => weight.trainable);
}

/** The same in memory, read back from the device. */
export async function readWeights(network: LayersModel): Promise<NamedArray[]> {
  const read = async ({ name, tensor }: NamedVariable) => {
    return { name, shape: tensor.shape, data: await tensor.data<'float32'>() };
  };
  return Promise.all(namedWeights(network).map(read));
}

/** How many numbers training changes. */
export function countParameters(network: LayersModel): number {
  return trainableWeights(network).reduce((sum, { tensor }) => sum + tensor.size, 0);
}

/**
 * Sets every weight of the network; arrays of other names are passed over.
 * @throws AppError checkpoint_invalid when one is missing or has another shape; the network is then unchanged.
 */
export function restoreWeights(network: LayersModel, arrays: NamedArray[]): void {
  const byName = new Map(arrays.map(array => [array.name, array]));
  const pairs = namedWeights(network).map(({ name, tensor }) => {
    const array = byName.get(name);
    if (array?.shape.join() !== tensor.shape.join()) {
      throw new AppError(
        'checkpoint_invalid',
        `The weights do not fit the network: ${name} is missing or has another shape.`,
        {
          remedy: 'They belong to a model with other settings; train the model again.',
        },
      );
    }
    return { tensor, array };
  });
  for (const { tensor, array } of pairs) tf.tidy(() => tensor.assign(tf.tensor(array!.data, array!.shape)));
}
