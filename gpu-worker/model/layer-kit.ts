/**
 * The layers backbones are built of, each made and applied in one call under the name SLEAP gives it.
 *
 * Weights start as in Keras (glorot_uniform kernels, zero biases), each layer from its own stream of the network's one seed: adding a layer
 * changes no other. Where TensorFlow.js's layer is wrong or cannot be trained, ours stands in (layers/).
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { deriveSeed } from '../data/random.ts';
import { AtrousConv2D } from './layers/atrous-conv2d.ts';
import { BatchNorm } from './layers/batch-norm.ts';
import { Conv2D } from './layers/conv2d.ts';
import { HalfPixelUpsampling } from './layers/half-pixel-upsampling.ts';
import { NearestUpsampling } from './layers/nearest-upsampling.ts';
import { Rectified } from './layers/rectified.ts';
import { Rectifier } from './layers/rectifier.ts';
import { TransposedConv2D } from './layers/transposed-conv2d.ts';

/** Of ImageNet's training images, in levels (caffe). */
const IMAGENET_MEAN_BGR = [103.939, 116.779, 123.68];

export interface ConvOptions {
  /** Truncated to a whole number, as SLEAP and Keras do. */
  filters: number;
  kernelSize?: number;
  strides?: number;
  padding?: 'same' | 'valid';
  /** Distance of the taps; above 1 for 3x3 kernels of stride 1 only. */
  dilationRate?: number;
  activation?: 'relu' | 'linear';
}

export class LayerKit {
  readonly #seed: number;
  /** Whether the layers made from now on are trained. */
  trainable = true;

  constructor(seed: number) {
    this.#seed = seed;
  }

  conv(x: SymbolicTensor, name: string, options: ConvOptions): SymbolicTensor {
    const { kernelSize = 3, strides = 1, padding = 'same', dilationRate = 1, activation = 'linear' } = options;
    const filters = Math.trunc(options.filters);
    const own = { name, filters, kernelInitializer: this.#kernelInitializer(name), trainable: this.trainable };
    if (dilationRate > 1) return apply(new AtrousConv2D({ ...own, dilationRate }), x);
    return apply(new Conv2D({ ...own, kernelSize, strides, padding, activation }), x);
  }

  transposedConv(
    x: SymbolicTensor,
    name: string,
    { filters, kernelSize, strides }: { filters: number; kernelSize: number; strides: number },
  ): SymbolicTensor {
    const kernelInitializer = this.#kernelInitializer(name);
    const own = { name, filters: Math.trunc(filters), kernelSize, strides, kernelInitializer };
    return apply(new TransposedConv2D(own), x);
  }

  batchNorm(x: SymbolicTensor, name: string, epsilon = 1e-3): SymbolicTensor {
    return apply(new BatchNorm({ name, epsilon, trainable: this.trainable }), x);
  }

  /** @param x read by nobody else: convolutions and normalisations rectify their output themselves. */
  relu(x: SymbolicTensor, name: string): SymbolicTensor {
    const { sourceLayer } = x;
    if (sourceLayer instanceof Conv2D || sourceLayer instanceof TransposedConv2D || sourceLayer instanceof BatchNorm) {
      sourceLayer.takeOverRectifier();
      return apply(new Rectified({ name }), x);
    }
    return apply(new Rectifier({ name }), x);
  }

  maxPool(
    x: SymbolicTensor,
    name: string,
    { poolSize = 2, strides = 2, padding = 'same' as 'same' | 'valid' } = {},
  ): SymbolicTensor {
    return apply(layers.maxPooling2d({ name, poolSize, strides, padding }), x);
  }

  zeroPad(x: SymbolicTensor, name: string, px: number): SymbolicTensor {
    return apply(layers.zeroPadding2d({ name, padding: px }), x);
  }

  upsampleBilinear(x: SymbolicTensor, name: string, factor = 2): SymbolicTensor {
    return apply(new HalfPixelUpsampling({ name, factor }), x);
  }

  upsampleNearest(x: SymbolicTensor, name: string): SymbolicTensor {
    return apply(new NearestUpsampling({ name }), x);
  }

  concat(parts: SymbolicTensor[], name: string): SymbolicTensor {
    return layers.concatenate({ name }).apply(parts) as SymbolicTensor;
  }

  add(parts: SymbolicTensor[], name: string): SymbolicTensor {
    return layers.add({ name }).apply(parts) as SymbolicTensor;
  }

  /**
   * Images in [0, 1] as ImageNet's ResNet v1 was trained on them, [B, H, W, 1 or 3] -> [B, H, W, 3]: 255 x in BGR minus the mean. A
   * frozen 1x1 convolution, so that it travels in every file format; SLEAP has Lambda layers of these names.
   */
  caffePreprocessing(x: SymbolicTensor): SymbolicTensor {
    const rgb = x.shape.at(-1) === 1 ? this.concat([x, x, x], 'tile_channels') : x;
    const kernel = tf.tidy(() => tf.reshape(tf.mul(tf.reverse(tf.eye(3), 1), 255), [1, 1, 3, 3]));
    const bias = tf.tensor1d(IMAGENET_MEAN_BGR.map(mean => -mean));
    const conv = layers.conv2d({ name: 'imagenet_preproc_v1', filters: 3, kernelSize: 1, trainable: false });
    const prepared = apply(conv, rgb);
    conv.setWeights([kernel, bias]);
    tf.dispose([kernel, bias]);
    return prepared;
  }

  #kernelInitializer(layerName: string) {
    // TensorFlow.js reads a seed of 0 as "draw one".
    return initializers.glorotUniform({ seed: deriveSeed(this.#seed, layerName) || 1 });
  }
}

function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
