/**
 * A convolution with bias and, if wanted, a rectifier: Keras's Conv2D, computed as one operation in training too (fused-conv2d.ts).
 * Before a normalisation, which adds a bias of its own, it can do without.
 *
 * Weights, their initial values and the description are those of TensorFlow.js's own layer, which it stands in for.
 * Leaves out: dilation (atrous-conv2d.ts), groups (grouped-conv2d.ts), regularisers, constraints.
 */
import * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { fusedConv2d } from '../fused-conv2d.ts';

export type Initializer = Exclude<NonNullable<Parameters<typeof layers.conv2d>[0]['kernelInitializer']>, string>;
type Weight = ReturnType<layers.Layer['addWeight']>;

export interface Conv2DArgs {
  name: string;
  filters: number;
  /** Rows and columns, where they differ. */
  kernelSize: number | [number, number];
  strides: number;
  padding: 'same' | 'valid';
  activation: 'relu' | 'linear';
  /** Default: true. */
  useBias?: boolean;
  kernelInitializer: Initializer;
  trainable?: boolean;
}

export class Conv2D extends layers.Layer {
  static className = 'FusedConv2D';
  readonly #args: Conv2DArgs & { kernelSize: [number, number]; useBias: boolean };
  /** Computes the rectifier of the layer after it as well. */
  #rectifies = false;
  #kernel!: Weight;
  #bias: Weight | null = null;

  constructor(args: Conv2DArgs) {
    super({ name: args.name, ...(args.trainable === undefined ? {} : { trainable: args.trainable }) });
    const { kernelSize, useBias = true } = args;
    this.#args = { ...args, kernelSize: bothAxes(kernelSize), useBias };
  }

  /** From now on the output is rectified; the layer after it must be a Rectified, and its only reader. @throws RangeError without a bias. */
  takeOverRectifier(): void {
    if (!this.#args.useBias) throw new RangeError(`${this.name} has no bias to rectify with`);
    this.#rectifies = true;
  }

  override build(inputShape: (number | null)[]): void {
    const { filters, kernelSize, kernelInitializer, useBias } = this.#args;
    const shape = [...kernelSize, inputShape.at(-1)!, filters];
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernelInitializer as never, undefined, true);
    if (useBias) this.#bias = this.addWeight('bias', [filters], 'float32', initializers.zeros(), undefined, true);
    this.built = true;
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    const { filters, kernelSize, strides, padding } = this.#args;
    const along = (axis: 0 | 1) => {
      const px = inputShape[1 + axis]!;
      return px === null ? null : Math.ceil((padding === 'same' ? px : px - kernelSize[axis] + 1) / strides);
    };
    return [inputShape[0]!, along(0), along(1), filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { strides, padding } = this.#args;
    const activation = this.#rectifies ? 'relu' : this.#args.activation;
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const kernel = this.#kernel.read() as tf.Tensor4D;
    if (this.#bias === null) {
      const convolve = () => tf.conv2d(x, kernel, strides, padding);
      return activation === 'relu' ? tf.tidy(() => tf.relu(convolve())) : convolve();
    }
    const bias = this.#bias.read() as tf.Tensor1D;
    return fusedConv2d(x, kernel, bias, { strides: [strides, strides], pad: padding, activation });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...describeConvolution(this.#args, { dilationRate: [1, 1] }), ...super.getConfig() };
  }
}
serialization.registerClass(Conv2D as never);

/** A convolution as TensorFlow.js's own layers describe theirs, in their order. @param more between its axes and its activation */
export function describeConvolution(
  {
    filters,
    kernelSize,
    strides,
    padding,
    activation,
    useBias = true,
    kernelInitializer,
  }: Omit<Conv2DArgs, 'name' | 'trainable'>,
  more: serialization.ConfigDict = {},
): serialization.ConfigDict {
  return {
    filters,
    kernelInitializer: described(kernelInitializer),
    kernelRegularizer: null,
    kernelConstraint: null,
    kernelSize: bothAxes(kernelSize),
    strides: [strides, strides],
    padding,
    dataFormat: 'channelsLast',
    ...more,
    activation,
    useBias,
    biasInitializer: described(initializers.zeros()),
    biasRegularizer: null,
    activityRegularizer: null,
    biasConstraint: null,
  };
}

function bothAxes(size: number | [number, number]): [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

const described = (initializer: Initializer) => ({
  className: initializer.getClassName(),
  config: initializer.getConfig(),
});
