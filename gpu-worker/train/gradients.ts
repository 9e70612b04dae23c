/**
 * The loss of some frames and its gradients with respect to every trained weight, in float32 or in mixed precision
 * (kernels/webgpu/precision.ts): convolutions with float16 factors, weights and sums in float32.
 *
 * A mean over a million numbers has gradients of a millionth, which float16 rounds to zero. So the loss is multiplied by half of that count, as a
 * power of two: the gradient of an output is then about the error itself. The optimiser divides by it again.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { hasMixedPrecision, withHalfProducts } from '../kernels/webgpu/precision.ts';
import { runNetwork, trainableWeights } from '../model/network.ts';
import type { Examples } from './examples.ts';
import { trainingLoss } from './loss.ts';

export interface Gradients {
  loss: tf.Scalar;
  /** By the names of weights, each of its weight's shape; to be multiplied by `scale`. */
  scaled: Record<string, tf.Tensor>;
  /** A power of two; 1 in float32. */
  scale: number;
}

interface Trained {
  config: Pick<TrainingConfig, 'hard_keypoint_mining' | 'precision'>;
  network: LayersModel;
}

/**
 * @param examples.maps what the network should draw.
 * @param dropNumbers [layers, B], see runNetwork.
 * @returns tensors that are the caller's to dispose.
 */
export function lossAndGradients(
  { config, network }: Trained,
  { images, maps }: Examples,
  dropNumbers: tf.Tensor2D | null,
): Gradients {
  const weights = trainableWeights(network);
  const pass = { training: true, dropNumbers };
  const lossOf = () => trainingLoss(runNetwork(network, images, pass), maps, config.hard_keypoint_mining);
  const descend = (loss: () => tf.Scalar) => {
    const { value, grads } = tf.variableGrads(
      loss,
      weights.map(({ tensor }) => tensor),
    );
    return { value, scaled: Object.fromEntries(weights.map(({ name, tensor }) => [name, grads[tensor.name]!])) };
  };
  if (config.precision === 'fp32' || !hasMixedPrecision()) {
    const { value: loss, scaled } = descend(lossOf);
    return { loss, scaled, scale: 1 };
  }
  const factor = 2 ** Math.floor(Math.log2(maps.size / 2));
  const { value, scaled } = withHalfProducts(() => descend(() => tf.mul(lossOf(), factor)));
  const loss = tf.mul<tf.Scalar>(value, 1 / factor);
  value.dispose();
  return { loss, scaled, scale: 1 / factor };
}
