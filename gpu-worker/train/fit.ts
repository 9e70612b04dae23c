/**
 * The training loop, from the first step or from a checkpoint to the last: one visible loop.
 *
 *   for each epoch:  a fixed number of steps over shuffled batches  ->  loss and metrics over every validation frame once
 *                    ->  the log row, the checkpoint and, if it is the best so far, the weights  ->  learning rate  ->  stop?
 *
 * Differs from SLEAP on purpose: its validation set is shuffled, cut to full batches and augmented like the training set; ours is every
 * validation frame once, as it is. Between two steps the loop lets messages through and looks whether it was asked to leave; where it
 * stands is plain data (`position`), so that a checkpoint can be made after any step and the curve goes on as if nothing had happened.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EpochRow } from '../../src/contract/model.ts';
import { AppError } from '../../src/errors.ts';
import { namedWeights } from '../model/network.ts';
import { breathe } from '../task-context.ts';
import { trainStep } from './step.ts';
import { type FitEvents, stepsPerEpoch, type Training } from './training.ts';
import { validate } from './validate.ts';

/** @returns whether it was stopped by request, and the steps taken since the last finished epoch. @throws AppError nan_loss, out_of_memory. */
export async function fit(training: Training, events: FitEvents): Promise<{ stopped: boolean; looseSteps: number }> {
  const { config, optimizer, schedule, stopping, position } = training;
  const steps = stepsPerEpoch(training);

  while (position.epoch < config.num_epochs) {
    const { epoch } = position;
    const startedMs = performance.now() - 1000 * position.seconds;
    const lr = optimizer.learningRate;

    while (position.step < steps) {
      if (await events.shouldStop()) return { stopped: true, looseSteps: position.step };
      if (events.checkpointDue()) await events.checkpoint();
      const batch = await training.examples.training(position.stepsBefore + epoch * steps + position.step);
      const loss = await trainStep(training, batch, events.halved);
      if (!Number.isFinite(loss)) throw divergence(`loss became ${loss}`, epoch, position.step, lr);
      position.step += 1;
      position.lossSum += loss;
      position.seconds = (performance.now() - startedMs) / 1000;
      events.report('training', { done: position.step, total: steps, unit: 'steps' });
      await breathe();
    }

    const validation = await validate(training, training.split.validation, events);
    if (validation === null) return { stopped: true, looseSteps: steps };
    const { loss: valLoss, metrics } = validation;
    if (!Number.isFinite(valLoss)) throw divergence(`loss became ${valLoss}`, epoch, steps, lr);
    if (!(await hasFiniteWeights(training.network))) throw divergence('weights became NaN', epoch, steps, lr);

    const isBest = valLoss < training.bestValLoss;
    if (isBest) training.bestValLoss = valLoss;
    optimizer.setLearningRate(schedule.next(valLoss, lr));
    const last = stopping.shouldStop(valLoss) || epoch + 1 === config.num_epochs;
    const seconds = (performance.now() - startedMs) / 1000;
    const row: EpochRow = { epoch, loss: position.lossSum / steps, val_loss: valLoss, lr, seconds };
    Object.assign(position, { epoch: epoch + 1, step: 0, lossSum: 0, seconds: 0 });
    events.report('saving the checkpoint');
    await events.epochEnded(row, metrics, { isBest, last });
    if (last) break;
  }
  return { stopped: false, looseSteps: 0 };
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
