/**
 * The training log as columns for the charts, grown row by row: ten thousand epochs are turned into columns once, and every epoch after
 * them costs one step. Only what changes all values (the smoothing, the kind of axis, a row that came late) begins anew.
 *
 * What cannot be drawn is a gap (null): no number, and on a logarithmic axis a value that is not above 0. The best epoch is that of the
 * measured values, never of smoothed ones.
 */
import type { EpochRow } from '../../src/contract/model.ts';
import { type ChartValue, Smoother } from '../chart/smoothing.ts';

export interface ColumnSettings {
  /** Weight of the smoothing, 0 to below 1. */
  smoothing: number;
  isLog: boolean;
}

export interface Columns {
  epochs: number[];
  /** Seconds of training until the end of the epoch. */
  elapsed: number[];
  loss: ChartValue[];
  valLoss: ChartValue[];
  smoothLoss: ChartValue[];
  smoothValLoss: ChartValue[];
  rate: ChartValue[];
  /** Of the lowest val_loss, the first where several share it; null before the first epoch. */
  bestIdx: number | null;
  /** Values that a logarithmic axis has no place for. */
  undrawn: number;
}

export class ColumnsBuilder {
  #columns = emptyColumns();
  #settings: ColumnSettings = { smoothing: 0, isLog: true };
  #smoothers = smoothersOf(0);
  #last: EpochRow | undefined;
  #lowest = Number.POSITIVE_INFINITY;

  /**
   * @param rows ordered by epoch; mostly those of the last time and some more.
   * @returns a new object each time, over arrays that grow.
   */
  take(rows: readonly EpochRow[], settings: ColumnSettings): Columns {
    const known = this.#columns.epochs.length;
    const goesOn =
      settings.smoothing === this.#settings.smoothing &&
      settings.isLog === this.#settings.isLog &&
      rows[known - 1] === this.#last;
    if (!goesOn) this.#begin(settings);
    for (let i = this.#columns.epochs.length; i < rows.length; i++) this.#append(rows[i]!, i);
    this.#last = rows.at(-1);
    return { ...this.#columns };
  }

  #begin(settings: ColumnSettings): void {
    this.#columns = emptyColumns();
    this.#settings = { ...settings };
    this.#smoothers = smoothersOf(settings.smoothing);
    this.#lowest = Number.POSITIVE_INFINITY;
  }

  #append(row: EpochRow, idx: number): void {
    const columns = this.#columns;
    const [loss, valLoss] = [this.#drawable(row.loss), this.#drawable(row.val_loss)];
    if (loss === null || valLoss === null) columns.undrawn += 1;
    columns.epochs.push(row.epoch);
    columns.elapsed.push((columns.elapsed.at(-1) ?? 0) + row.seconds);
    columns.loss.push(loss);
    columns.valLoss.push(valLoss);
    columns.smoothLoss.push(this.#smoothers.loss.next(loss));
    columns.smoothValLoss.push(this.#smoothers.valLoss.next(valLoss));
    columns.rate.push(row.lr > 0 ? row.lr : null);
    if (row.val_loss !== null && row.val_loss < this.#lowest) {
      this.#lowest = row.val_loss;
      columns.bestIdx = idx;
    }
  }

  #drawable(value: number): ChartValue {
    if (value === null || !Number.isFinite(value)) return null;
    return this.#settings.isLog && value <= 0 ? null : value;
  }
}

function emptyColumns(): Columns {
  return {
    ...{ epochs: [], elapsed: [], loss: [], valLoss: [], smoothLoss: [], smoothValLoss: [], rate: [] },
    ...{ bestIdx: null, undrawn: 0 },
  };
}

function smoothersOf(weight: number) {
  return { loss: new Smoother(weight), valLoss: new Smoother(weight) };
}
