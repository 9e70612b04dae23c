/** What a worker writes into the log of a task: the sentences of a training, and that nobody waits for a line. */
import { describe, expect, it } from 'vitest';
import { TaskLog } from '../../gpu-worker/task-log.ts';
import { checkpointLine, epochLines, factsSentence, resumedSentence } from '../../gpu-worker/train/log-lines.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import type { NewLine } from '../../src/queue/log.ts';
import { config as least } from '../support/training-request.ts';

describe('the log that a process writes', () => {
  it('has each phase once, and lines in their order, however slow the database is', async () => {
    const written: string[][] = [];
    const log = new TaskLog(async lines => {
      await new Promise(resolve => setTimeout(resolve, 5));
      written.push(lines.map(({ message }) => message));
    });
    for (const phase of ['starting', 'unpacking', 'training', 'validating', 'saving the checkpoint'] as const)
      log.phase(phase);
    for (let epoch = 0; epoch < 3; epoch++) for (const phase of ['training', 'validating'] as const) log.phase(phase);
    log.add('info', 'A sentence.');
    await log.settled();
    expect(written).toEqual([['Unpacking.'], ['Training.', 'Validating.', 'A sentence.']]);
    log.add('info', 'Another one.');
    await log.settled();
    expect(written.at(-1)).toEqual(['Another one.']);
  });

  it('goes on after a line that could not be written', async () => {
    const written: NewLine[] = [];
    let failures = 2;
    const log = new TaskLog(async lines => {
      if (failures-- > 0) throw failures > 0 ? new AppError('lease_lost', 'Lost.') : new Error('no connection');
      written.push(...lines);
    });
    for (const message of ['a', 'b', 'c']) {
      log.add('warning', message);
      await log.settled();
    }
    expect(written).toEqual([{ level: 'warning', message: 'c' }]);
  });
});

describe('a training says', () => {
  const config = trainingConfigSchema.parse({
    ...{ ...least, num_epochs: 10 },
    learning_rate_schedule: { plateau_patience: 5, plateau_min_delta: 1e-6 },
    early_stopping: { plateau_patience: 8, plateau_min_delta: 1e-8 },
  });
  const row = { epoch: 3, loss: 0.00123456, val_loss: 0.5, lr: 1e-4, seconds: 12.3456 };
  const told = (learningRate: number, now: { isBest: boolean; last: boolean }, epoch = 3) =>
    epochLines({ config, optimizer: { learningRate } }, { ...row, epoch }, now).map(({ message }) => message);

  it('what each epoch reached', () => {
    const numbers = 'Epoch 3: loss 0.001235, validation loss 0.5, learning rate 0.0001, 12.35 s.';
    expect(told(1e-4, { isBest: true, last: false })).toEqual([`${numbers} The best so far: its weights are saved.`]);
    expect(told(1e-4, { isBest: false, last: false })).toEqual([`${numbers} A checkpoint is saved.`]);
    expect(told(1e-4, { isBest: false, last: true }, 9)).toHaveLength(1);
  });

  it('why the learning rate goes down, and why it ends early', () => {
    expect(told(5e-5, { isBest: false, last: false })[1]).toBe(
      'The learning rate goes down from 0.0001 to 0.00005: the validation loss has not fallen by more than 0.000001 for 5 epochs.',
    );
    expect(told(5e-5, { isBest: false, last: true }).slice(1)).toEqual([
      'The training ends early: the validation loss has not fallen by more than 1e-8 for 8 epochs.',
    ]);
  });

  it('with what it begins, and where it goes on', () => {
    const facts = { frames: { train: 96, validation: 24, holdout: 12 }, parameters: 1234567 };
    expect(factsSentence(facts as Parameters<typeof factsSentence>[0])).toBe(
      '96 labelled frames train the network, 24 judge it, 12 are held out; it has 1,234,567 numbers to learn.',
    );
    const position = { epoch: 4, step: 0, lossSum: 0, seconds: 0, stepsBefore: 0 };
    expect(resumedSentence({ position }, false)).toMatch(/with epoch 4\.$/);
    expect(resumedSentence({ position: { ...position, step: 7 } }, false)).toMatch(
      /with epoch 4, after 7 of its steps\.$/,
    );
    expect(resumedSentence({ position }, true)).toMatch(/only the closing evaluation/);
    const split = { train: [], validation: [], holdout: [] };
    const line = checkpointLine({ position: { ...position, step: 7 }, config, split });
    expect(line.message).toBe('A checkpoint is saved in epoch 4, after 7 of 200 steps.');
  });
});
