/**
 * What can be said from a training's log and configuration alone: the best epoch, how long since the loss last fell, and the
 * time that is left. Pure functions on raw values; nothing here is smoothed.
 *
 * "Improved" is counted as Keras' EarlyStopping does, on which SLEAP relies: val_loss must fall by more than plateau_min_delta
 * below the last value that counted.
 */
import type { EpochRow } from '../../src/contract/model.ts';

/** When a training ends by itself, read from its training_config with SLEAP's defaults for what the client left out. */
export interface EndRules {
  maxEpochs: number | null;
  /** Epochs without improvement after which the training ends; null when early stopping is off. */
  patienceEpochs: number | null;
  minDelta: number;
}

const DEFAULT_PATIENCE_EPOCHS = 10;
const DEFAULT_MIN_DELTA = 1e-6;

const numberOr = <T>(value: unknown, fallback: T): number | T => (typeof value === 'number' ? value : fallback);

/** The end rules of a training_config as the client sent it. */
export function endRulesOf(config: Record<string, unknown>): EndRules {
  const sent = config.early_stopping;
  const early: Record<string, unknown> = typeof sent === 'object' && sent !== null ? { ...sent } : {};
  return {
    maxEpochs: numberOr(config.num_epochs, null),
    patienceEpochs:
      early.stop_training_on_plateau === false ? null : numberOr(early.plateau_patience, DEFAULT_PATIENCE_EPOCHS),
    minDelta: numberOr(early.plateau_min_delta, DEFAULT_MIN_DELTA),
  };
}

/** The row with the lowest val_loss, the first one where several share it; null for an empty log. */
export function bestRow(rows: readonly EpochRow[]): EpochRow | null {
  let best: EpochRow | null = null;
  for (const row of rows) if (best === null || row.val_loss < best.val_loss) best = row;
  return best;
}

/** Epochs at the end of the log that brought no improvement of more than `minDelta`. */
export function epochsWithoutImprovement(rows: readonly EpochRow[], minDelta: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  let waited = 0;
  for (const { val_loss } of rows) {
    if (val_loss < lowest - minDelta) {
      lowest = val_loss;
      waited = 0;
    } else waited += 1;
  }
  return waited;
}

/** Mean epoch time × epochs left, in seconds: an upper bound, as the training may stop earlier. Null before the first epoch. */
export function remainingSeconds(
  rows: readonly EpochRow[],
  epochsDone: number,
  maxEpochs: number | null,
): number | null {
  if (rows.length === 0 || maxEpochs === null) return null;
  const meanSeconds = rows.reduce((sum, row) => sum + row.seconds, 0) / rows.length;
  return meanSeconds * Math.max(0, maxEpochs - epochsDone);
}
