/** The training log as columns for the charts, grown row by row. */
import { expect, it } from 'vitest';
import type { EpochRow } from '../../src/contract/model.ts';
import { smooth } from '../../web/chart/smoothing.ts';
import { ColumnsBuilder } from '../../web/training/columns.ts';

const settings = { smoothing: 0.6, isLog: true };
const rows: EpochRow[] = [5, 3, 4, 3, 6].map((val, epoch) => ({
  ...{ epoch, loss: val * 2, val_loss: val, lr: 0.1, seconds: 1.5 },
}));

it('grows by what came, and says the same as if all had come at once', () => {
  const builder = new ColumnsBuilder();
  const first = builder.take(rows.slice(0, 2), settings);
  const arrays = [first.epochs, first.smoothValLoss];
  const grown = builder.take([...rows], settings);
  expect([grown.epochs, grown.smoothValLoss]).toEqual(arrays);
  expect(grown.epochs).toBe(first.epochs);
  expect(grown).toEqual(new ColumnsBuilder().take(rows, settings));
  expect(grown.smoothValLoss).toEqual(
    smooth(
      rows.map(row => row.val_loss),
      0.6,
    ),
  );
  expect(grown.elapsed).toEqual([1.5, 3, 4.5, 6, 7.5]);
});

it('finds the best epoch in the measured values, the first where several share it', () => {
  expect(new ColumnsBuilder().take(rows, { ...settings, smoothing: 0.99 }).bestIdx).toBe(1);
  expect(new ColumnsBuilder().take([], settings).bestIdx).toBe(null);
});

it('puts a row that came late in its place', () => {
  const builder = new ColumnsBuilder();
  builder.take([rows[0]!, rows[2]!], settings);
  const columns = builder.take(rows.slice(0, 3), settings);
  expect(columns.epochs).toEqual([0, 1, 2]);
  expect(columns.valLoss).toEqual([5, 3, 4]);
  expect(columns.bestIdx).toBe(1);
});

it('leaves out what a logarithmic axis has no place for, and shows it on a linear one', () => {
  const zero = [rows[0]!, { ...rows[1]!, loss: 0, val_loss: Number.NaN, lr: 0 }];
  const builder = new ColumnsBuilder();
  const log = builder.take(zero, settings);
  expect([log.loss[1], log.valLoss[1], log.rate[1], log.undrawn]).toEqual([null, null, null, 1]);
  const linear = builder.take(zero, { ...settings, isLog: false });
  expect([linear.loss[1], linear.valLoss[1], linear.bestIdx]).toEqual([0, null, 0]);
});
