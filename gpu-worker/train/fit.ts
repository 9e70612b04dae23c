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
import { stepsPerEpoch } from '../../src/contract/network-cost-training.ts';
import { AppError } from '../../src/errors.ts';
import { namedWeights } from '../model/network.ts';
import { breathe } from '../task-context.ts';
import { openSteps } from './open-steps.ts';
import type { Steps } from './step.ts';
import type { FitEvents, Training } from './training.ts';
import { validate } from './validate.ts';

/** @returns whether it was stopped by request, and the steps taken since the last finished epoch. @throws AppError nan_loss, out_of_memory. */
export async function fit(training: Training, events: FitEvents): Promise<{ stopped: boolean; looseSteps: number }> {
  const steps = await openSteps(training, events);
  try {
    return await loop(training, steps, events);
  } finally {
    steps.dispose();
  }
}

async function loop(training: Training, steps: Steps, events: FitEvents) {
  const { config, optimizer, schedule, stopping, position } = training;
  const stepsEach = stepsPerEpoch(training.config, training.split.train.length);

  while (position.epoch < config.num_epochs) {
    const { epoch } = position;
    const startedMs = performance.now() - 1000 * position.seconds;
    const lr = optimizer.learningRate;
    const count = (losses: number[]) => {
      for (const loss of losses) {
        if (!Number.isFinite(loss)) throw divergence(`loss became ${loss}`, epoch, position.step, lr);
        position.step += 1;
        position.lossSum += loss;
        position.seconds = (performance.now() - startedMs) / 1000;
        events.report('training', { done: position.step, total: stepsEach, unit: 'steps', epoch });
      }
    };
    const settle = async () => count(await steps.settle());

    while (position.step + steps.underWay < stepsEach) {
      if (await events.shouldStop(settle)) {
        await settle();
        return { stopped: true, looseSteps: position.step };
      }
      if (events.checkpointDue()) {
        await settle();
        await events.checkpoint();
      }
      const step = position.stepsBefore + epoch * stepsEach + position.step + steps.underWay;
      count(await steps.take(step));
      await breathe();
    }
    await settle();

    const validation = await validate(training, training.split.validation, events);
    if (validation === null) return { stopped: true, looseSteps: stepsEach };
    const { loss: valLoss } = validation;
    if (!Number.isFinite(valLoss)) throw divergence(`loss became ${valLoss}`, epoch, stepsEach, lr);
    if (!(await hasFiniteWeights(training.network))) throw divergence('weights became NaN', epoch, stepsEach, lr);

    const isBest = valLoss < training.bestValLoss;
    if (isBest) training.bestValLoss = valLoss;
    optimizer.setLearningRate(schedule.next(valLoss, lr));
    const last = stopping.shouldStop(valLoss) || epoch + 1 === config.num_epochs;
    const seconds = (performance.now() - startedMs) / 1000;
    const row: EpochRow = { epoch, loss: position.lossSum / stepsEach, val_loss: valLoss, lr, seconds };
    Object.assign(position, { epoch: epoch + 1, step: 0, lossSum: 0, seconds: 0 });
    events.report('saving the checkpoint');
    await events.epochEnded(row, validation, { isBest, last });
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
