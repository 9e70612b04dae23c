/**
 * A convolution in groups of channels that do not meet, without bias: Keras's Conv2D(groups=..), one variable and one operation
 * (../grouped-conv2d.ts).
 *
 * The networks of classification_models build it of a slice, a convolution and a place in a concatenation for each group; the kernel here
 * is theirs side by side along the last axis.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { groupedConv2d } from '../grouped-conv2d.ts';
import { describeConvolution, type Initializer } from './conv2d.ts';

type Weight = ReturnType<layers.Layer['addWeight']>;

export interface GroupedConv2DArgs {
  name: string;
  /** A multiple of `groups`, as the channels that come in. */
  filters: number;
  groups: number;
  kernelSize: number;
  strides: number;
  padding: 'same' | 'valid';
  kernelInitializer: Initializer;
  trainable?: boolean;
}

export class GroupedConv2D extends layers.Layer {
  static className = 'GroupedConv2D';
  readonly #args: GroupedConv2DArgs;
  #kernel!: Weight;

  constructor(args: GroupedConv2DArgs) {
    super({ name: args.name, ...(args.trainable === undefined ? {} : { trainable: args.trainable }) });
    this.#args = args;
  }

  get groups(): number {
    return this.#args.groups;
  }

  override build(inputShape: (number | null)[]): void {
    const { filters, groups, kernelSize, kernelInitializer } = this.#args;
    const shape = [kernelSize, kernelSize, inputShape.at(-1)! / groups, filters];
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernelInitializer as never, undefined, true);
    this.built = true;
  }

  override computeOutputShape([batch, height, width]: (number | null)[]): (number | null)[] {
    const { filters, kernelSize, strides, padding } = this.#args;
    const along = (px: number | null) =>
      px === null ? null : Math.ceil((padding === 'same' ? px : px - kernelSize + 1) / strides);
    return [batch!, along(height!), along(width!), filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { strides, padding, groups } = this.#args;
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    return groupedConv2d(x, this.#kernel.read() as tf.Tensor4D, { strides, pad: padding, groups });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { groups, ...args } = this.#args;
    return {
      ...describeConvolution({ ...args, activation: 'linear', useBias: false }, { groups }),
      ...super.getConfig(),
    };
  }
}
tf.serialization.registerClass(GroupedConv2D as never);
