/** The page's pure functions: values as words, and what follows from a training log alone. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EpochRow } from '../../src/contract/model.ts';
import { trainingLogCsv } from '../../src/contract/training-log.ts';
import { language } from '../../web/language/language.ts';
import * as format from '../../web/language/numbers.ts';
import { formatProgress, phaseOf } from '../../web/language/state-words.ts';
import { kindOf, modelStatus } from '../../web/models/model-words.ts';
import * as log from '../../web/training/training-log.ts';

afterEach(() => {
  language.value = 'en';
});

const row = (epoch: number, val_loss: number, seconds = 2): EpochRow => ({
  epoch,
  loss: 0.01,
  val_loss,
  lr: 1e-4,
  seconds,
});
const rowsOf = (...losses: number[]) => losses.map((val_loss, epoch) => row(epoch, val_loss));

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const rowArbitrary: fc.Arbitrary<EpochRow> = fc.record({
  epoch: fc.nat(),
  loss: finite,
  val_loss: finite,
  lr: finite,
  seconds: finite,
});

describe('what a model is', () => {
  it.each([
    ['unet', { backbone_model: 'unet', pretrained_encoder: 'vgg16' }],
    ['vgg16', { backbone_model: 'pretrained_encoder', pretrained_encoder: 'vgg16' }],
    ['vgg19', { backbone_model: 'pretrained_encoder', backbone_config: { encoder: 'vgg19' } }],
    ['efficientnetb0', { backbone_model: 'pretrained_encoder', pretrained_encoder: null }],
    ['import', {}],
  ])('is told in a word: %s', (word, training_config) => {
    expect(kindOf({ training_config })).toBe(word);
  });
});

describe('the state of a training', () => {
  const model = { control: null, stopped_early: false, origin: 'training' as const };

  it('is told in one word for each state', () => {
    expect(modelStatus({ ...model, state: 'queued' }).word).toBe('queued');
    expect(modelStatus({ ...model, state: 'active' }).word).toBe('training');
    expect(modelStatus({ ...model, state: 'succeeded' }).word).toBe('succeeded');
    expect(modelStatus({ ...model, state: 'succeeded', stopped_early: true }).word).toBe('stopped early');
    expect(modelStatus({ ...model, state: 'failed' }).word).toBe('failed');
    expect(modelStatus({ ...model, state: 'canceled' }).word).toBe('canceled');
  });

  it('says what was asked for until the worker has obeyed, and not after', () => {
    expect(modelStatus({ ...model, state: 'active', control: 'stop' }).word).toBe('stopping…');
    expect(modelStatus({ ...model, state: 'active', control: 'cancel' }).word).toBe('canceling…');
    expect(modelStatus({ ...model, state: 'queued', control: 'cancel' }).word).toBe('canceling…');
    expect(modelStatus({ ...model, state: 'canceled', control: 'cancel' }).word).toBe('canceled');
    expect(modelStatus({ ...model, state: 'succeeded', control: 'stop', stopped_early: true }).word).toBe(
      'stopped early',
    );
  });
});

describe('figures', () => {
  it('are shortened to three significant digits, with an exponent where zeros would pile up', () => {
    const cases: [number, string][] = [
      [0, '0'],
      [0.0123456, '0.0123'],
      [0.001, '0.00100'],
      [0.000123456, '1.23e-4'],
      [3.21, '3.21'],
      [999.96, '1000'],
      [12_345, '12345'],
      [123_456, '1.23e5'],
      [-0.5, '-0.500'],
    ];
    for (const [value, text] of cases) expect(format.formatNumber(value)).toBe(text);
  });

  it('are exact to the seven digits of a 32-bit float under the cursor', () => {
    expect(format.formatExact(0.0001)).toBe('1e-4');
    expect(format.formatExact(Math.fround(0.1))).toBe('0.1');
    expect(format.formatExact(0.00012345678)).toBe('1.234568e-4');
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1e-30) }), value => {
        expect(Math.abs(Number(format.formatExact(value)) - value)).toBeLessThanOrEqual(Math.abs(value) * 5.1e-7);
      }),
    );
  });

  it('of time name the two largest units', () => {
    const cases: [number, string][] = [
      [0, '0 s'],
      [-3, '0 s'],
      [59.4, '59 s'],
      [59.6, '1 min'],
      [200, '3 min 20 s'],
      [3600, '1 h'],
      [7509, '2 h 5 min'],
      [90_000, '1 d 1 h'],
    ];
    for (const [seconds, text] of cases) expect(format.formatDuration(seconds)).toBe(text);
  });

  it('of age name the largest unit, and a clock that runs ahead reads as now', () => {
    expect(format.formatAge(-4000)).toBe('just now');
    expect(format.formatAge(4900)).toBe('just now');
    expect(format.formatAge(30_000)).toBe('30 s ago');
    expect(format.formatAge(3_599_000)).toBe('59 min ago');
    expect(format.formatAge(49 * 3_600_000)).toBe('2 d ago');
  });

  it('of bytes and progress carry their unit', () => {
    expect(format.formatBytes(999)).toBe('999 bytes');
    expect(format.formatBytes(12_400_000)).toBe('12.4 MB');
    expect(formatProgress({ done: 120, total: 200, unit: 'steps' })).toBe('120 of 200 steps');
    expect(formatProgress({ done: 1_000_000, total: 2_500_000, unit: 'bytes' })).toBe('1.0 MB of 2.5 MB');
    expect(formatProgress({ done: 1, total: null, unit: 'frames' })).toBe('1 frame so far');
    expect(formatProgress({ done: 1234, total: null, unit: 'frames' })).toBe('1,234 frames so far');
  });
});

describe('in Russian', () => {
  it('units, nouns and states are Russian, and nouns follow their number', () => {
    language.value = 'ru';
    expect(format.formatDuration(7509)).toBe('2 ч 5 мин');
    expect(format.formatAge(30_000)).toBe('30 с назад');
    expect(format.formatBytes(12_400_000)).toBe('12.4 МБ');
    const frames = (done: number) => formatProgress({ done, total: null, unit: 'frames' });
    expect([1, 3, 11, 21].map(frames)).toEqual(
      ['1 кадр', '3 кадра', '11 кадров', '21 кадр'].map(text => `${text} на данный момент`),
    );
    expect(modelStatus({ state: 'active', control: 'stop', stopped_early: false, origin: 'training' }).word).toBe(
      'останавливается…',
    );
    expect(phaseOf({ state: 'queued', phase: 'waiting for a worker', waiting_before: 2 })).toBe(
      'ждёт исполнителя: впереди 2',
    );
  });
});

describe('the end rules of a training', () => {
  it("are SLEAP's where the client named none", () => {
    expect(log.endRulesOf({ num_epochs: 50 })).toEqual({ maxEpochs: 50, patienceEpochs: 10, minDelta: 1e-6 });
    expect(log.endRulesOf({})).toEqual({ maxEpochs: null, patienceEpochs: 10, minDelta: 1e-6 });
  });

  it('are those of the training_config where it has them', () => {
    const early_stopping = { plateau_patience: 3, plateau_min_delta: 0.01 };
    expect(log.endRulesOf({ num_epochs: 5, early_stopping })).toEqual({
      maxEpochs: 5,
      patienceEpochs: 3,
      minDelta: 0.01,
    });
  });

  it('have no patience when early stopping is off', () => {
    expect(log.endRulesOf({ early_stopping: { stop_training_on_plateau: false } }).patienceEpochs).toBeNull();
  });
});

describe('a training log', () => {
  it('has its best epoch at the lowest raw val_loss, the first of equals', () => {
    expect(log.bestRow([])).toBeNull();
    expect(log.bestRow(rowsOf(0.5, 0.2, 0.3, 0.2))?.epoch).toBe(1);
    fc.assert(
      fc.property(fc.array(rowArbitrary, { minLength: 1 }), rows => {
        const best = log.bestRow(rows)!;
        expect(rows.every(({ val_loss }) => val_loss >= best.val_loss)).toBe(true);
      }),
    );
  });

  it('counts epochs since val_loss last fell by more than min_delta, as early stopping does', () => {
    expect(log.epochsWithoutImprovement([], 0)).toBe(0);
    expect(log.epochsWithoutImprovement(rowsOf(0.5), 1e-6)).toBe(0);
    expect(log.epochsWithoutImprovement(rowsOf(0.5, 0.4, 0.45, 0.41), 1e-6)).toBe(2);
    expect(log.epochsWithoutImprovement(rowsOf(0.5, 0.5 - 5e-7, 0.5 - 9e-7), 1e-6)).toBe(2);
    expect(log.epochsWithoutImprovement(rowsOf(0.5, 0.5 - 9e-7, 0.5 - 18e-7), 1e-6)).toBe(0);
  });

  it('tells the time left from the mean epoch, and nothing before the first epoch', () => {
    expect(log.remainingSeconds([], 0, 10)).toBeNull();
    expect(log.remainingSeconds([row(0, 1, 2), row(1, 1, 4)], 2, 10)).toBe(24);
    expect(log.remainingSeconds([row(0, 1, 2)], 1, null)).toBeNull();
    expect(log.remainingSeconds([row(0, 1, 2)], 12, 10)).toBe(0);
  });

  it('is written as CSV that reads back to the same numbers', () => {
    expect(trainingLogCsv([row(0, 0.5)])).toBe('epoch,loss,lr,val_loss\n0,0.01,0.0001,0.5\n');
    fc.assert(
      fc.property(fc.array(rowArbitrary), rows => {
        const [, ...lines] = trainingLogCsv(rows).trimEnd().split('\n');
        const read = lines.map(line => line.split(',').map(Number));
        // A number has no sign of zero in CSV.
        expect(read).toEqual(rows.map(({ epoch, loss, lr, val_loss }) => [epoch, loss + 0, lr + 0, val_loss + 0]));
      }),
    );
  });
});
