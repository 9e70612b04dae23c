/**
 * The layers backbones are built of, each made and applied in one call under the name SLEAP or Keras gives it.
 *
 * Weights start as in Keras (glorot_uniform kernels, zero biases), each layer from its own stream of the network's one seed: adding a layer
 * changes no other. Where TensorFlow.js's layer is wrong or cannot be trained, ours stands in (layers/).
 */
import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { deriveSeed } from '../data/random.ts';
import { AtrousConv2D } from './layers/atrous-conv2d.ts';
import { BatchNorm, type BatchNormArgs } from './layers/batch-norm.ts';
import { ChannelGate } from './layers/channel-gate.ts';
import { Conv2D } from './layers/conv2d.ts';
import { DropConnect } from './layers/drop-connect.ts';
import { GlobalAverage } from './layers/global-average.ts';
import { GroupedConv2D } from './layers/grouped-conv2d.ts';
import { HalfPixelUpsampling } from './layers/half-pixel-upsampling.ts';
import { NearestUpsampling } from './layers/nearest-upsampling.ts';
import { Rectified } from './layers/rectified.ts';
import { Rectifier } from './layers/rectifier.ts';
import { Relu6 } from './layers/relu6.ts';
import { Swish } from './layers/swish.ts';
import { TransposedConv2D } from './layers/transposed-conv2d.ts';

/** How kernels start: Glorot & Bengio 2010, He et al. 2015, and EfficientNet's normal numbers of variance 2 / (KH KW filters). */
export type KernelStart = 'glorot_uniform' | 'he_uniform' | 'fan_out_normal';

export interface ConvOptions {
  /** Truncated to a whole number, as SLEAP and Keras do. */
  filters: number;
  /** Rows and columns, where they differ. */
  kernelSize?: number | [number, number];
  strides?: number;
  padding?: 'same' | 'valid';
  /** Distance of the taps; above 1 for 3x3 kernels of stride 1 only. */
  dilationRate?: number;
  activation?: 'relu' | 'linear';
  useBias?: boolean;
}

/** In pixels: the same on all sides, or [[top, bottom], [left, right]]. */
type Padding = number | [[number, number], [number, number]];

export class LayerKit {
  readonly #seed: number | null;
  #dropLayers = 0;
  /** Whether the layers made from now on are trained. */
  trainable = true;
  /** How the kernels of the layers made from now on start. */
  kernelStart: KernelStart = 'glorot_uniform';

  /** @param seed null: all kernels are zero, for a network whose weights are put in afterwards. */
  constructor(seed: number | null) {
    this.#seed = seed;
  }

  conv(x: SymbolicTensor, name: string, options: ConvOptions): SymbolicTensor {
    const { kernelSize = 3, strides = 1, padding = 'same', dilationRate = 1, activation = 'linear' } = options;
    const filters = Math.trunc(options.filters);
    const own = { name, filters, kernelInitializer: this.#kernelInitializer(name), trainable: this.trainable };
    if (dilationRate > 1) return apply(new AtrousConv2D({ ...own, dilationRate }), x);
    const { useBias = true } = options;
    return apply(new Conv2D({ ...own, kernelSize, strides, padding, activation, useBias }), x);
  }

  /** Without bias, with as many channels as come in. */
  groupedConv(
    x: SymbolicTensor,
    name: string,
    { filters, groups, strides, padding = 'valid' as 'same' | 'valid', kernelSize = 3 }: GroupedConvOptions,
  ): SymbolicTensor {
    const own = { name, kernelInitializer: this.#kernelInitializer(name, 'group'), trainable: this.trainable };
    return apply(new GroupedConv2D({ ...own, filters, groups, kernelSize, strides, padding }), x);
  }

  /** Without bias. */
  depthwiseConv(
    x: SymbolicTensor,
    name: string,
    { kernelSize, strides, padding }: { kernelSize: number; strides: number; padding: 'same' | 'valid' },
  ): SymbolicTensor {
    const depthwiseInitializer = this.#kernelInitializer(name);
    const own = { name, depthwiseInitializer, trainable: this.trainable };
    return apply(layers.depthwiseConv2d({ ...own, kernelSize, strides, padding, useBias: false }), x);
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

  batchNorm(x: SymbolicTensor, name: string, options: Omit<BatchNormArgs, 'name' | 'trainable'> = {}): SymbolicTensor {
    return apply(new BatchNorm({ name, ...options, trainable: this.trainable }), x);
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

  relu6(x: SymbolicTensor, name: string): SymbolicTensor {
    return apply(new Relu6({ name }), x);
  }

  swish(x: SymbolicTensor, name: string): SymbolicTensor {
    return apply(new Swish({ name }), x);
  }

  sigmoid(x: SymbolicTensor, name: string): SymbolicTensor {
    return apply(layers.activation({ name, activation: 'sigmoid' }), x);
  }

  maxPool(
    x: SymbolicTensor,
    name: string,
    { poolSize = 2, strides = 2, padding = 'same' as 'same' | 'valid' } = {},
  ): SymbolicTensor {
    return apply(layers.maxPooling2d({ name, poolSize, strides, padding }), x);
  }

  averagePool(
    x: SymbolicTensor,
    name: string,
    options: { poolSize: number; strides: number; padding: 'same' | 'valid' },
  ): SymbolicTensor {
    return apply(layers.averagePooling2d({ name, ...options }), x);
  }

  /** [B, H, W, C] -> [B, 1, 1, C] */
  globalAverage(x: SymbolicTensor, name: string): SymbolicTensor {
    return apply(new GlobalAverage({ name }), x);
  }

  /** @param gate [B, 1, 1, C] */
  gateChannels(x: SymbolicTensor, gate: SymbolicTensor, name: string): SymbolicTensor {
    return new ChannelGate({ name }).apply([x, gate]) as SymbolicTensor;
  }

  zeroPad(x: SymbolicTensor, name: string, px: Padding): SymbolicTensor {
    return apply(layers.zeroPadding2d({ name, padding: px }), x);
  }

  /** @param rate chance that a frame loses x while training. */
  dropConnect(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
    return apply(new DropConnect({ name, rate, row: this.#dropLayers++ }), x);
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

  multiply(x: SymbolicTensor, name: string, scale: number): SymbolicTensor {
    return apply(layers.rescaling({ name, scale }), x);
  }

  /** @param of one group: Keras builds a convolution for each, and counts what goes into and out of that one. */
  #kernelInitializer(layerName: string, of: 'layer' | 'group' = 'layer') {
    if (this.#seed === null) return initializers.zeros();
    // TensorFlow.js reads a seed of 0 as "draw one".
    const seed = deriveSeed(this.#seed, layerName) || 1;
    switch (this.kernelStart) {
      case 'glorot_uniform':
        // Of a group both counts are the same.
        if (of === 'group') return initializers.varianceScaling({ ...GLOROT_OF_A_GROUP, seed });
        return initializers.glorotUniform({ seed });
      case 'he_uniform':
        return initializers.heUniform({ seed });
      case 'fan_out_normal':
        return initializers.varianceScaling({ ...FAN_OUT_NORMAL, seed });
    }
  }
}

const GLOROT_OF_A_GROUP = { scale: 1, mode: 'fanIn', distribution: 'uniform' } as const;
/** Standard deviation of normal numbers of deviation 1 that are cut at 2, by which Keras divides and TensorFlow.js does not. */
const CUT_DEVIATION = 0.87962566;
const FAN_OUT_NORMAL = { scale: 2 / CUT_DEVIATION ** 2, mode: 'fanOut', distribution: 'normal' } as const;

interface GroupedConvOptions {
  filters: number;
  groups: number;
  strides: number;
  padding?: 'same' | 'valid';
  kernelSize?: number;
}

function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
