/**
 * The training loop, from the first epoch or from a checkpoint to the last: one visible loop.
 *
 *   for each epoch:  a fixed number of steps over shuffled batches  ->  the loss over every validation frame once
 *                    ->  the log row, the checkpoint and, if it is the best so far, the weights  ->  learning rate  ->  stop?
 *
 * Differs from SLEAP on purpose: its validation set is shuffled, cut to full batches and augmented like the training set; ours is every
 * validation frame once, as it is. Between two steps the loop lets messages through and looks whether it was asked to leave.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Phase, Progress } from '../../src/contract/task.ts';
import type { EpochRow, TrainingConfig } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { TrainingOrder } from '../data/order.ts';
import type { Split } from '../data/split.ts';
import { namedWeights } from '../model/network.ts';
import { breathe } from '../task-context.ts';
import type { AmsGrad } from './amsgrad.ts';
import { type Examples, type LabelledImages, makeExamples } from './examples.ts';
import type { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';

export interface Training {
  config: TrainingConfig;
  seed: number;
  network: LayersModel;
  optimizer: AmsGrad;
  schedule: ReduceLrOnPlateau;
  stopping: EarlyStopping;
  labelled: LabelledImages;
  split: Split;
  /** Where to begin: 0, or the epoch after a checkpoint's. */
  firstEpoch: number;
  /** Lowest val_loss so far; Infinity before the first epoch. */
  bestValLoss: number;
}

export interface FitEvents {
  report(phase: Phase, progress?: Progress): void;
  /** True when the training should end with the weights it has; may throw to leave at once. Asked between two steps. */
  shouldStop(): boolean;
  /** Must be durable when it resolves. `last`: no further epoch will come. */
  epochEnded(row: EpochRow, now: { isBest: boolean; last: boolean }): Promise<void>;
}

/** @returns whether it was stopped by request, and the steps taken since the last finished epoch. @throws AppError nan_loss. */
export async function fit(training: Training, events: FitEvents): Promise<{ stopped: boolean; looseSteps: number }> {
  const { config, network, optimizer, schedule, stopping, labelled, split } = training;
  const order = new TrainingOrder(split.train, config.batch_size, training.seed);
  const stepsPerEpoch = config.batches_per_epoch ?? Math.max(200, Math.floor(split.train.length / config.batch_size));

  for (let epoch = training.firstEpoch; epoch < config.num_epochs; epoch++) {
    const startedMs = performance.now();
    const lr = optimizer.learningRate;

    let lossSum = 0;
    for (let step = 0; step < stepsPerEpoch; step++) {
      if (events.shouldStop()) return { stopped: true, looseSteps: step };
      const examples = await makeExamples(labelled, order.batch(epoch * stepsPerEpoch + step));
      const loss = await trainStep(network, optimizer, examples);
      if (!Number.isFinite(loss)) throw divergence(`loss became ${loss}`, epoch, step, lr);
      lossSum += loss;
      events.report('training', { done: step + 1, total: stepsPerEpoch, unit: 'steps' });
      await breathe();
    }

    events.report('validating', { done: 0, total: split.validation.length, unit: 'frames' });
    const valLoss = await validationLoss(network, labelled, split.validation, config.batch_size, events);
    if (valLoss === null) return { stopped: true, looseSteps: stepsPerEpoch };
    if (!Number.isFinite(valLoss)) throw divergence(`loss became ${valLoss}`, epoch, stepsPerEpoch, lr);
    if (!(await hasFiniteWeights(network))) throw divergence('weights became NaN', epoch, stepsPerEpoch, lr);

    const isBest = valLoss < training.bestValLoss;
    if (isBest) training.bestValLoss = valLoss;
    optimizer.setLearningRate(schedule.next(valLoss, lr));
    const last = stopping.shouldStop(valLoss) || epoch + 1 === config.num_epochs;
    events.report('saving the checkpoint');
    const seconds = (performance.now() - startedMs) / 1000;
    await events.epochEnded({ epoch, loss: lossSum / stepsPerEpoch, val_loss: valLoss, lr, seconds }, { isBest, last });
    if (last) break;
  }
  return { stopped: false, looseSteps: 0 };
}

/** One step of gradient descent on the mean squared error; takes the examples over. @returns the loss before the step. */
async function trainStep(network: LayersModel, optimizer: AmsGrad, { images, maps }: Examples): Promise<number> {
  const weights = namedWeights(network);
  const { value, grads } = tf.variableGrads(
    () => tf.mean(tf.squaredDifference(network.apply(images, { training: true }) as tf.Tensor, maps)),
    weights.map(weight => weight.tensor),
  );
  optimizer.apply(Object.fromEntries(weights.map(({ name, tensor }) => [name, grads[tensor.name]!])));
  const [loss] = await value.data();
  tf.dispose([value, grads, images, maps]);
  return loss!;
}

/** Mean over the frames, whatever the size of the last batch. null when the training was asked to stop meanwhile. */
async function validationLoss(
  network: LayersModel,
  labelled: LabelledImages,
  frames: readonly number[],
  batchSize: number,
  events: FitEvents,
): Promise<number | null> {
  let sum = 0;
  for (let start = 0; start < frames.length; start += batchSize) {
    if (events.shouldStop()) return null;
    const batch = frames.slice(start, start + batchSize);
    const { images, maps } = await makeExamples(labelled, batch);
    const loss = tf.tidy(() => tf.mean(tf.squaredDifference(network.apply(images) as tf.Tensor, maps)));
    sum += (await loss.data())[0]! * batch.length;
    tf.dispose([images, maps, loss]);
    events.report('validating', { done: start + batch.length, total: frames.length, unit: 'frames' });
    await breathe();
  }
  return sum / frames.length;
}

/** On wasm a rectifier makes 0 of NaN: weights that are lost can hide behind a finite loss, and must not be saved as the best. */
async function hasFiniteWeights(network: LayersModel): Promise<boolean> {
  const sum = tf.tidy(() => tf.sum(tf.stack(namedWeights(network).map(({ tensor }) => tf.sum(tensor)))));
  const [value] = await sum.data();
  sum.dispose();
  return Number.isFinite(value);
}

function divergence(what: string, epoch: number, step: number, lr: number): AppError {
  return new AppError('nan_loss', `The ${what} in epoch ${epoch}, step ${step}, at learning rate ${lr}.`, {
    remedy: 'Train again with a learning_rate ten times smaller. The best weights from before are kept.',
  });
}
