import { describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { MOST_COMPARED, readCompareQuery, writeCompareQuery } from '../../web/compare/compare-query.ts';
import { type ConfigPair, configDifferences } from '../../web/compare/config-differences.ts';
import { bestEpochOf, comparedLine, NO_LINE } from '../../web/compare/lines.ts';

const GIVEN = {
  ...{ test_fraction: 0.1, num_epochs: 5, learning_rate: 1e-3, backbone_model: 'unet' },
  ...{ heads_sigma: 2.5, heads_output_stride: 2 },
};
const completed = (given: Record<string, unknown>): ConfigPair => ({ given, full: trainingConfigSchema.parse(given) });

describe('differences of configurations', () => {
  it('are the settings that are not the same for all, defaults filled in and marked', () => {
    const differences = configDifferences([
      completed(GIVEN),
      completed({
        ...GIVEN,
        batch_size: 4,
        learning_rate: 0.1 * 3,
        augmentation_config: { rotate: true },
        backbone_config: { filters: 32 },
      }),
    ]);
    const cells = Object.fromEntries(differences.map(({ name, cells }) => [name, cells]));
    expect(cells.batch_size).toEqual([
      { text: '8', isDefault: true },
      { text: '4', isDefault: false },
    ]);
    expect(cells['backbone_config.filters']).toEqual([
      { text: '64', isDefault: true },
      { text: '32', isDefault: false },
    ]);
    expect(cells.learning_rate?.map(({ text }) => text)).toEqual(['0.001', '0.3']);
    expect(cells.num_epochs).toBeUndefined();
    expect(cells['early_stopping.plateau_patience']).toBeUndefined();
  });

  it('are none where one names a default that the other leaves out', () => {
    expect(configDifferences([completed(GIVEN), completed({ ...GIVEN, batch_size: 8 })])).toEqual([]);
  });

  it('say that a setting is not there, where a configuration cannot be completed or another network has none', () => {
    const imported = { given: { backbone_model: 'unet', odd: [1, 2] }, full: null };
    const cells = Object.fromEntries(
      configDifferences([completed(GIVEN), imported]).map(({ name, cells }) => [name, cells.map(({ text }) => text)]),
    );
    expect(cells.odd).toEqual([null, '[1,2]']);
    expect(cells.learning_rate).toEqual(['0.001', null]);
    expect(cells.backbone_model).toBeUndefined();
  });
});

describe('a compared line', () => {
  const log = {
    epochs: [0, 1, 2, 3],
    loss: [4, 3, 2, 1],
    val_loss: [0.4, 0, 0.2, 0.3],
    lr: [1, 1, 1, 1],
    seconds: [2, 3, 2, 3],
  };
  const usual = { measure: 'val_loss', axis: 'epoch', isLog: false, smoothing: 0 } as const;

  it('runs over epochs as measured, and marks the epoch with the lowest val_loss', () => {
    expect(comparedLine(log, null, usual)).toEqual({
      ...{ xs: [0, 1, 2, 3], raw: [0.4, 0, 0.2, 0.3], smoothed: [0.4, 0, 0.2, 0.3], best: { x: 1, y: 0 } },
    });
    expect(comparedLine(log, null, { ...usual, measure: 'loss' }).best).toEqual({ x: 1, y: 3 });
    expect(bestEpochOf({ epochs: [] })).toBeNull();
  });

  it('leaves out of a logarithmic axis what is not above zero', () => {
    expect(comparedLine(log, null, { ...usual, isLog: true })).toMatchObject({
      raw: [0.4, null, 0.2, 0.3],
      best: null,
    });
  });

  it('is smoothed beside what was measured, but never a learning rate', () => {
    const { raw, smoothed } = comparedLine(log, null, { ...usual, measure: 'loss', smoothing: 0.5 });
    expect(raw).toEqual([4, 3, 2, 1]);
    expect(smoothed[0]).toBe(4);
    expect(smoothed[3]).toBeGreaterThan(1);
    expect(comparedLine(log, null, { ...usual, measure: 'lr', smoothing: 0.5 })).toMatchObject({
      smoothed: [1, 1, 1, 1],
      best: null,
    });
  });

  it('over time lies at the seconds of training, pixel errors too', () => {
    expect(comparedLine(log, null, { ...usual, axis: 'time' })).toMatchObject({
      xs: [2, 5, 7, 10],
      best: { x: 5, y: 0 },
    });
    const errors = { epochs: [1, 3], median_px: [8, null] };
    const options = { ...usual, measure: 'pixel_error', axis: 'time' } as const;
    expect(comparedLine(log, errors, options)).toMatchObject({ xs: [5, 10], raw: [8, null], best: { x: 5, y: 8 } });
    expect(comparedLine(log, null, options)).toEqual(NO_LINE);
  });

  it('over time keeps the first, the last and the best of ten thousand epochs', () => {
    const epochs = Array.from({ length: 10_000 }, (_, i) => i);
    const long = { epochs, val_loss: epochs.map(i => (i === 7777 ? 0.5 : 1)), seconds: epochs.map(() => 1) };
    const { xs, best } = comparedLine(long, null, { ...usual, axis: 'time' });
    expect(xs.length).toBeLessThan(2000);
    expect(xs).toEqual(expect.arrayContaining([1, 7778, 10_000]));
    expect(best).toEqual({ x: 7778, y: 0.5 });
  });
});

describe('the address of a comparison', () => {
  it('names the models, each once and not too many, and the measure', () => {
    const many = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const query = readCompareQuery(new URLSearchParams({ models: `M0,${many.join()}`, show: 'lr' }));
    expect(query).toEqual({ uids: many.slice(0, MOST_COMPARED), measure: 'lr' });
    expect(writeCompareQuery({ uids: ['a', 'b'], measure: 'val_loss' })).toEqual({ models: 'a,b', show: null });
  });
});
