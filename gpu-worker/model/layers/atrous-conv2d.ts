/**
 * A 3x3 convolution whose taps lie `dilationRate` pixels apart (DeepLab's atrous convolution): Keras's Conv2D with dilation_rate.
 *
 * No backend of TensorFlow.js has the gradient of a dilated convolution. But one with rate d is d*d plain ones, each on every d-th pixel:
 * spaceToBatch sorts the pixels by their remainder, a plain convolution follows, batchToSpace sorts them back; all three have gradients.
 * Stride 1 and padding 'same' only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';

type Initializer = NonNullable<Parameters<typeof layers.conv2d>[0]['kernelInitializer']>;
type Weight = ReturnType<layers.Layer['addWeight']>;

export interface AtrousConv2DArgs {
  name: string;
  filters: number;
  dilationRate: number;
  kernelInitializer: Exclude<Initializer, string>;
  trainable?: boolean;
}

const KERNEL_SIZE = 3;

export class AtrousConv2D extends layers.Layer {
  static className = 'AtrousConv2D';
  readonly #args: AtrousConv2DArgs;
  #kernel!: Weight;
  #bias!: Weight;

  constructor(args: AtrousConv2DArgs) {
    super({ name: args.name, ...(args.trainable === undefined ? {} : { trainable: args.trainable }) });
    this.#args = args;
  }

  override build(inputShape: (number | null)[]): void {
    const { filters, kernelInitializer } = this.#args;
    const shape = [KERNEL_SIZE, KERNEL_SIZE, inputShape.at(-1)!, filters];
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernelInitializer as never, undefined, true);
    this.#bias = this.addWeight('bias', [filters], 'float32', initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return [...inputShape.slice(0, 3), this.#args.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    return tf.tidy(() =>
      tf.add(dilatedConv2d(x, this.#kernel.read() as tf.Tensor4D, this.#args.dilationRate), this.#bias.read()),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, dilationRate } = this.#args;
    return {
      ...super.getConfig(),
      filters,
      kernelSize: [KERNEL_SIZE, KERNEL_SIZE],
      strides: [1, 1],
      padding: 'same',
      dataFormat: 'channelsLast',
      dilationRate: [dilationRate, dilationRate],
      activation: 'linear',
      useBias: true,
    };
  }
}
tf.serialization.registerClass(AtrousConv2D as never);

/** x [B, H, W, C], filter [3, 3, C, M] -> [B, H, W, M]. */
function dilatedConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, rate: number): tf.Tensor4D {
  // Taps reach `rate` pixels beyond each edge; the end is filled up to a whole number of blocks, and cut off again.
  const padded = (px: number) => Math.ceil((px + 2 * rate) / rate) * rate;
  const [, height, width] = x.shape;
  const below = padded(height) - rate - height;
  const right = padded(width) - rate - width;
  const sorted = tf.spaceToBatchND(
    x,
    [rate, rate],
    [
      [rate, below],
      [rate, right],
    ],
  ) as tf.Tensor4D;
  const convolved = tf.conv2d(sorted, filter, 1, 'valid');
  return tf.batchToSpaceND(
    convolved,
    [rate, rate],
    [
      [0, below - rate],
      [0, right - rate],
    ],
  ) as tf.Tensor4D;
}
