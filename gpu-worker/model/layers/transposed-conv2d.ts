/**
 * A transposed convolution with bias, which makes an image `strides` times as large: Keras's Conv2DTranspose with padding 'same', computed as one
 * operation in training too (fused-conv2d-transpose.ts), together with the rectifier after it.
 *
 * Weights, their initial values and the description are those of TensorFlow.js's own layer, which it stands in for.
 * Leaves out: other paddings, regularisers, constraints, layers without a bias.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { fusedConv2dTranspose } from '../fused-conv2d-transpose.ts';
import { describeConvolution, type Initializer } from './conv2d.ts';

type Weight = ReturnType<layers.Layer['addWeight']>;

export interface TransposedConv2DArgs {
  name: string;
  filters: number;
  kernelSize: number;
  strides: number;
  kernelInitializer: Initializer;
}

export class TransposedConv2D extends layers.Layer {
  static className = 'TransposedConv2D';
  readonly #args: TransposedConv2DArgs;
  #rectifies = false;
  #kernel!: Weight;
  #bias!: Weight;

  constructor(args: TransposedConv2DArgs) {
    super({ name: args.name });
    this.#args = args;
  }

  /** From now on the output is rectified; the layer after it must be a Rectified, and its only reader. */
  takeOverRectifier(): void {
    this.#rectifies = true;
  }

  override build(inputShape: (number | null)[]): void {
    const { filters, kernelSize, kernelInitializer } = this.#args;
    const shape = [kernelSize, kernelSize, filters, inputShape.at(-1)!];
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernelInitializer as never, undefined, true);
    this.#bias = this.addWeight('bias', [filters], 'float32', initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape([batch, height, width]: (number | null)[]): (number | null)[] {
    const { filters, strides } = this.#args;
    return [batch!, height ? strides * height : null, width ? strides * width : null, filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const [kernel, bias] = [this.#kernel.read() as tf.Tensor4D, this.#bias.read() as tf.Tensor1D];
    const activation = this.#rectifies ? 'relu' : 'linear';
    return fusedConv2dTranspose(x, kernel, bias, { strides: this.#args.strides, activation });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...describeConvolution({ ...this.#args, padding: 'same', activation: 'linear' }), ...super.getConfig() };
  }
}
serialization.registerClass(TransposedConv2D as never);
