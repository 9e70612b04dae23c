/**
 * One step of gradient descent over a batch, in as many pieces as memory asks for.
 *
 * When the device runs out of memory the batch is halved, and the gradients of its micro-batches are averaged: the same step, but for the
 * order of sums, with half the activations. Two things are then taken over a micro-batch instead of the batch: the statistics of batch
 * normalisation and the choice of hard keypoints. Once halved, it stays so for the rest of the training.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { isOutOfMemory, withinMemory } from '../device/memory.ts';
import { namedWeights } from '../model/network.ts';
import type { AmsGrad } from './amsgrad.ts';
import { type DropNumbers, dropNumbers, dropNumbersOf } from './drop-numbers.ts';
import type { ExampleSource } from './example-source.ts';
import type { Batch } from './examples.ts';
import { type Gradients, lossAndGradients } from './gradients.ts';

/** What the loop takes its steps with: one after another here, one ahead of its loss in recorded-step.ts. */
export interface Steps {
  /** Steps that were taken and whose losses were not handed out yet. */
  readonly underWay: number;
  /**
   * Takes a step.
   * @param step its number, counted over the whole training.
   * @returns losses before steps, in their order, as far as they are known by now.
   */
  take(step: number): Promise<number[]>;
  /** Waits for the steps under way. @returns their losses. */
  settle(): Promise<number[]>;
  dispose(): void;
}

/** @param halved told when memory ran out and `stepper.microBatch` was lowered. */
export function eagerSteps(
  stepper: Stepper & { examples: Pick<ExampleSource, 'training'>; seed: number },
  halved: (microBatch: number) => Promise<void>,
): Steps {
  return {
    underWay: 0,
    take: async step => {
      const batch = await stepper.examples.training(step);
      const drops = dropNumbers(stepper.network, { seed: stepper.seed, step, frames: batch.size });
      return [await trainStep(stepper, batch, halved, drops)];
    },
    settle: async () => [],
    dispose: () => {},
  };
}

export interface Stepper {
  config: Pick<TrainingConfig, 'hard_keypoint_mining' | 'precision'>;
  network: LayersModel;
  optimizer: Pick<AmsGrad, 'apply'>;
  /** Most frames that are computed at once. */
  microBatch: number;
}

/**
 * @returns the loss before the step.
 * @throws AppError out_of_memory when not even a single frame fits.
 */
export async function trainStep(
  stepper: Stepper,
  batch: Batch,
  halved: (microBatch: number) => Promise<void>,
  drops: DropNumbers | null = null,
): Promise<number> {
  for (;;) {
    // The moving statistics follow every forward pass: one that is repeated must not count twice.
    const statistics = movingStatistics(stepper.network).map(tensor => ({ tensor, was: tensor.clone() }));
    const result = await withinMemory(() => accumulate(stepper, batch, drops), tf.dispose).catch(error => {
      if (!isOutOfMemory(error)) throw error;
      if (stepper.microBatch === 1) throw nothingFits(error as AppError);
      for (const { tensor, was } of statistics) tensor.assign(was);
      return null;
    });
    tf.dispose(statistics.map(({ was }) => was));
    if (result !== null) {
      stepper.optimizer.apply(result.gradients);
      tf.dispose(result.gradients);
      return result.loss;
    }
    stepper.microBatch = Math.ceil(Math.min(stepper.microBatch, batch.size) / 2);
    await halved(stepper.microBatch);
  }
}

/** A smaller batch, which the device's own error speaks of, has been tried. */
function nothingFits(cause: AppError): AppError {
  return new AppError('out_of_memory', `Not even one frame at a time can be trained on. ${cause.message}`, {
    remedy: 'Use a smaller input_scaling or fewer filters. A smaller batch_size does not help.',
    cause,
  });
}

/** Mean loss and mean gradients, by the names of weights, over the micro-batches of a batch. */
async function accumulate({ config, network, microBatch }: Stepper, batch: Batch, drops: DropNumbers | null) {
  const gradients: Record<string, tf.Tensor> = {};
  let loss = 0;
  try {
    for (let from = 0; from < batch.size; from += microBatch) {
      const to = Math.min(from + microBatch, batch.size);
      const share = (to - from) / batch.size;
      const piece = tf.tidy(() => {
        const numbers = drops && dropNumbersOf(drops, from, to);
        const dropTensor = numbers && tf.tensor2d(numbers.values, [numbers.layers, numbers.frames]);
        const gradients = lossAndGradients({ config, network }, batch.examples(from, to), dropTensor);
        return gradients as Gradients & tf.TensorContainerObject;
      });
      for (const [name, gradient] of Object.entries(piece.scaled)) {
        gradients[name] = addShare(gradients[name], gradient, share * piece.scale);
      }
      loss += share * (await piece.loss.data())[0]!;
      piece.loss.dispose();
    }
    return { loss, gradients };
  } catch (error) {
    tf.dispose(gradients);
    throw error;
  }
}

/** sum + share * gradient; takes both over. */
function addShare(sum: tf.Tensor | undefined, gradient: tf.Tensor, share: number): tf.Tensor {
  if (share === 1) return gradient;
  const next = tf.tidy(() => (sum ? tf.add(sum, tf.mul(gradient, share)) : tf.mul(gradient, share)));
  tf.dispose(sum ? [gradient, sum] : gradient);
  return next;
}

/** What a forward pass in training changes. */
function movingStatistics(network: LayersModel): tf.Variable[] {
  return namedWeights(network)
    .filter(({ name }) => /\/moving_(mean|variance)$/.test(name))
    .map(({ tensor }) => tensor);
}
