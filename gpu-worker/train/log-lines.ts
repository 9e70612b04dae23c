/** What a training writes into the log of its task, in sentences for the person who submitted it. Epochs are counted from 0, as everywhere. */

import type { EpochRow } from '../../src/contract/model.ts';
import { stepsPerEpoch } from '../../src/contract/network-cost-training.ts';
import type { NewLine } from '../../src/queue/log.ts';
import type { Facts } from './record.ts';
import type { Training } from './training.ts';

/** Before the first step. */
export function factsSentence({ frames, parameters }: Facts): string {
  const { train, validation, holdout } = frames;
  const kept = holdout > 0 ? `, ${holdout} are held out` : '';
  const count = parameters.toLocaleString('en');
  return `${train} labelled frames train the network, ${validation} judge it${kept}; it has ${count} numbers to learn.`;
}

/** After a checkpoint was read back. @param finished only the closing evaluation is missing. */
export function resumedSentence({ position: { epoch, step } }: Pick<Training, 'position'>, finished: boolean): string {
  if (finished) return 'All epochs are done already: only the closing evaluation is left.';
  const within = step > 0 ? `, after ${step} of its steps` : '';
  return `The training goes on from its checkpoint: with epoch ${epoch}${within}.`;
}

/** In mid-epoch. */
export function checkpointLine(training: Pick<Training, 'position' | 'config' | 'split'>): NewLine {
  const { epoch, step } = training.position;
  return info(
    `A checkpoint is saved in epoch ${epoch}, after ${step} of ${stepsPerEpoch(training.config, training.split.train.length)} steps.`,
  );
}

/** @param training as it is after the epoch: with the learning rate of the next one. */
export function epochLines(
  { config, optimizer }: { config: Training['config']; optimizer: Pick<Training['optimizer'], 'learningRate'> },
  { epoch, loss, val_loss, lr, seconds }: EpochRow,
  { isBest, last }: { isBest: boolean; last: boolean },
): NewLine[] {
  const numbers = `loss ${short(loss)}, validation loss ${short(val_loss)}, learning rate ${short(lr)}, ${short(seconds)} s`;
  const saved = isBest ? 'The best so far: its weights are saved.' : 'A checkpoint is saved.';
  const lines = [info(`Epoch ${epoch}: ${numbers}. ${saved}`)];
  if (last && epoch + 1 < config.num_epochs)
    lines.push(info(`The training ends early: ${plateauOf(config.early_stopping)}.`));
  else if (!last && optimizer.learningRate < lr) {
    const change = `from ${short(lr)} to ${short(optimizer.learningRate)}`;
    lines.push(info(`The learning rate goes down ${change}: ${plateauOf(config.learning_rate_schedule)}.`));
  }
  return lines;
}

function plateauOf({ plateau_patience: epochs, plateau_min_delta: least }: Record<string, unknown>): string {
  return `the validation loss has not fallen by more than ${least} for ${epochs} epochs`;
}

/** Four digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function info(message: string): NewLine {
  return { level: 'info', message };
}
