/**
 * A convolution with bias and, if wanted, a rectifier: Keras's Conv2D, computed as one operation in training too (fused-conv2d.ts).
 *
 * Weights, their initial values and the description are those of TensorFlow.js's own layer, which it stands in for.
 * Leaves out: dilation (atrous-conv2d.ts), regularisers, constraints, layers without a bias.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { fusedConv2d } from '../fused-conv2d.ts';

export type Initializer = Exclude<NonNullable<Parameters<typeof layers.conv2d>[0]['kernelInitializer']>, string>;
type Weight = ReturnType<layers.Layer['addWeight']>;

export interface Conv2DArgs {
  name: string;
  filters: number;
  kernelSize: number;
  strides: number;
  padding: 'same' | 'valid';
  activation: 'relu' | 'linear';
  kernelInitializer: Initializer;
  trainable?: boolean;
}

export class Conv2D extends layers.Layer {
  static className = 'FusedConv2D';
  readonly #args: Conv2DArgs;
  /** Computes the rectifier of the layer after it as well. */
  #rectifies = false;
  #kernel!: Weight;
  #bias!: Weight;

  constructor(args: Conv2DArgs) {
    super({ name: args.name, ...(args.trainable === undefined ? {} : { trainable: args.trainable }) });
    this.#args = args;
  }

  /** From now on the output is rectified; the layer after it must be a Rectified, and its only reader. */
  takeOverRectifier(): void {
    this.#rectifies = true;
  }

  override build(inputShape: (number | null)[]): void {
    const { filters, kernelSize, kernelInitializer } = this.#args;
    const shape = [kernelSize, kernelSize, inputShape.at(-1)!, filters];
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernelInitializer as never, undefined, true);
    this.#bias = this.addWeight('bias', [filters], 'float32', initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    const { filters, kernelSize, strides, padding } = this.#args;
    const along = (px: number | null) =>
      px === null ? null : Math.ceil((padding === 'same' ? px : px - kernelSize + 1) / strides);
    return [inputShape[0]!, along(inputShape[1]!), along(inputShape[2]!), filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { strides, padding } = this.#args;
    const activation = this.#rectifies ? 'relu' : this.#args.activation;
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const [kernel, bias] = [this.#kernel.read() as tf.Tensor4D, this.#bias.read() as tf.Tensor1D];
    return fusedConv2d(x, kernel, bias, { strides: [strides, strides], pad: padding, activation });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...describeConvolution(this.#args, { dilationRate: [1, 1] }), ...super.getConfig() };
  }
}
serialization.registerClass(Conv2D as never);

/** A convolution as TensorFlow.js's own layers describe theirs, in their order. @param more between its axes and its activation */
export function describeConvolution(
  { filters, kernelSize, strides, padding, activation, kernelInitializer }: Omit<Conv2DArgs, 'name' | 'trainable'>,
  more: serialization.ConfigDict = {},
): serialization.ConfigDict {
  return {
    filters,
    kernelInitializer: described(kernelInitializer),
    kernelRegularizer: null,
    kernelConstraint: null,
    kernelSize: [kernelSize, kernelSize],
    strides: [strides, strides],
    padding,
    dataFormat: 'channelsLast',
    ...more,
    activation,
    useBias: true,
    biasInitializer: described(initializers.zeros()),
    biasRegularizer: null,
    activityRegularizer: null,
    biasConstraint: null,
  };
}

const described = (initializer: Initializer) => ({
  className: initializer.getClassName(),
  config: initializer.getConfig(),
});
