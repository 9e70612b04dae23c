/**
 * The whole network: a backbone and the head that draws one confidence map per keypoint.
 *
 * As sleap/nn/model.py for SingleInstanceConfmapsHead: a linear 1x1 convolution on the features of the head's stride. Weights start as in
 * Keras (glorot_uniform kernels, zero biases), each layer from its own stream of the one seed: adding a layer changes no other.
 * Leaves out: the other backbones and heads; training (train/) and files (weights.ts).
 */

import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type UNetConfig, unetStrides } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { deriveSeed } from '../data/random.ts';
import { buildUNet } from './backbones/unet.ts';
import type { NamedArray } from './weights.ts';

const HEAD_NAME = 'SingleInstanceConfmapsHead';

export interface NetworkOptions {
  backbone: 'unet';
  backboneConfig: UNetConfig;
  /** Input pixels per pixel of the confidence maps. */
  headsOutputStride: number;
  /** [H, W, C]; H and W multiples of the backbone's max_stride, or null: any such multiple, known when the network is called. */
  inputShape: [number | null, number | null, number];
  keypoints: number;
  /** Unsigned 32-bit integer. */
  seed: number;
}

/**
 * Builds the network: [B, H, W, C] images in [0, 1] -> [B, H/s, W/s, K] confidence maps.
 * @throws AppError invalid_request when the backbone has no features of the head's stride.
 */
export function buildNetwork(options: NetworkOptions): LayersModel {
  const { backboneConfig: config, headsOutputStride: outputStride, inputShape, keypoints, seed } = options;
  if (!unetStrides(config).includes(outputStride)) {
    throw new AppError(
      'invalid_request',
      `A U-Net with max_stride ${config.max_stride} has no features of stride ${outputStride}.`,
      {
        remedy: `Set heads_output_stride to one of ${unetStrides(config).join(', ')}.`,
      },
    );
  }
  // TensorFlow.js reads a seed of 0 as "draw one".
  const kernelInitializer = (layerName: string) =>
    initializers.glorotUniform({ seed: deriveSeed(seed, layerName) || 1 });
  const [heightPx, widthPx, channels] = inputShape;
  const { input, features } = buildUNet({ heightPx, widthPx, channels, config, outputStride, kernelInitializer });
  const head = layers.conv2d({
    name: HEAD_NAME,
    filters: keypoints,
    kernelSize: 1,
    padding: 'same',
    kernelInitializer: kernelInitializer(HEAD_NAME),
  });
  return model({ inputs: input, outputs: head.apply(features) as SymbolicTensor });
}

/** A weight of a network. */
export interface NamedVariable {
  /** "LAYER/kernel" or "LAYER/bias", the same in every process. */
  name: string;
  tensor: tf.Variable;
}

/** The network's weights, in the order of its layers; they stay the network's. */
export function namedWeights(network: LayersModel): NamedVariable[] {
  return network.layers.flatMap(layer =>
    layer.weights.map(weight => ({
      name: `${layer.name}/${weight.originalName.split('/').at(-1)}`,
      tensor: weight.read() as tf.Variable,
    })),
  );
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
