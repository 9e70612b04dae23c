/**
 * The first AMSGrad: by operations of TensorFlow.js, on every backend. Of its parts, only a step is left.
 *
 * Gradients are joined into a few long vectors, because each operation has a price of its own, whatever its length: a U-Net of forty
 * variables takes about 100 of them instead of 480. The step size is a number in the operations: such an update cannot be recorded.
 */
import * as tf from '@tensorflow/tfjs-core';
import { BETA_1, BETA_2, EPSILON, SLOTS, type Variable } from '../../../gpu-worker/train/amsgrad-numbers.ts';

/** A joined vector ends when it has this many numbers (4 MiB): below every device's limit on one buffer. */
const GROUP_LENGTH = 2 ** 20;

/** Variables whose gradients are handled as one vector of `length` numbers. */
interface Group {
  members: Variable[];
  length: number;
  m: tf.Variable;
  v: tf.Variable;
  vhat: tf.Variable;
}

export class ComposedAmsGrad {
  readonly #groups: Group[];
  readonly #alpha = 1e-4;

  constructor(variables: readonly Variable[]) {
    this.#groups = groupByLength(variables).map(members => {
      const length = members.reduce((sum, { tensor }) => sum + tensor.size, 0);
      const zeros = () => tf.tidy(() => tf.variable(tf.zeros([length]), false));
      return { members, length, m: zeros(), v: zeros(), vhat: zeros() };
    });
  }

  /** A step of a size that is not the first's: for times, not for a training. */
  apply(gradients: Record<string, tf.Tensor>): void {
    for (const { members, m, v, vhat } of this.#groups) {
      tf.tidy(() => {
        const g = tf.concat1d(members.map(({ name }) => tf.reshape(gradients[name]!, [-1]) as tf.Tensor1D));
        m.assign(tf.add(m, tf.mul(tf.sub(g, m), 1 - BETA_1)));
        v.assign(tf.add(v, tf.mul(tf.sub(tf.square(g), v), 1 - BETA_2)));
        vhat.assign(tf.maximum(vhat, v));
        const change = tf.div(tf.mul(m, this.#alpha), tf.add(tf.sqrt(vhat), EPSILON));
        let start = 0;
        for (const { tensor } of members) {
          const own = tf.slice(change, [start], [tensor.size]);
          tensor.assign(tf.sub(tensor, tf.reshape(own, tensor.shape)));
          start += tensor.size;
        }
      });
    }
  }

  dispose(): void {
    for (const group of this.#groups) for (const slot of SLOTS) group[slot].dispose();
  }
}

function groupByLength(variables: readonly Variable[]): Variable[][] {
  const groups: Variable[][] = [];
  let length = GROUP_LENGTH;
  for (const named of variables) {
    if (length >= GROUP_LENGTH) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)!.push(named);
    length += named.tensor.size;
  }
  return groups;
}
