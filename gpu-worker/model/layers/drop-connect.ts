/**
 * Drops a branch for single frames while training (stochastic depth, Huang et al. 2016; EfficientNet's "drop connect"): each frame of a batch is
 * set to zero with probability `rate`, the others are divided by 1 - rate. Keras's Dropout with noise_shape [None, 1, 1, 1].
 *
 * The numbers come from outside, one in [0, 1) for each such layer and frame, with the call (`dropNumbers`): so a recorded step draws new ones
 * each time, and a training that goes on after a crash draws the same. Without them nothing is dropped.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

export interface DropConnectArgs {
  name: string;
  /** In [0, 1). */
  rate: number;
  /** Which row of the numbers is this layer's. */
  row: number;
}

export class DropConnect extends layers.Layer {
  static className = 'DropConnect';
  readonly #rate: number;
  readonly #row: number;

  constructor({ name, rate, row }: DropConnectArgs) {
    super({ name });
    this.#rate = rate;
    this.#row = row;
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** @param kwargs.dropNumbers [layers, B] in [0, 1). */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: { training?: boolean; dropNumbers?: tf.Tensor2D | null },
  ): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const { training, dropNumbers } = kwargs;
    if (!training || !dropNumbers) return x;
    return tf.tidy(() => {
      const numbers = tf.slice(dropNumbers, [this.#row, 0], [1, x.shape[0]]);
      const kept = tf.floor(tf.add(numbers, 1 - this.#rate));
      return tf.mul(x, tf.reshape(tf.div(kept, 1 - this.#rate), [x.shape[0], 1, 1, 1]));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.#rate, noiseShape: [null, 1, 1, 1], seed: null };
  }
}
tf.serialization.registerClass(DropConnect as never);
