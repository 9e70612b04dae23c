/** The training log as a table, in the columns of SLEAP's training_log.csv: what the page and the API both hand out. */
import type { EpochRow } from './model.ts';

/** Full precision, one line an epoch. */
export function trainingLogCsv(rows: readonly EpochRow[]): string {
  const lines = rows.map(row => [row.epoch, row.loss, row.lr, row.val_loss].join(','));
  return `${['epoch,loss,lr,val_loss', ...lines].join('\n')}\n`;
}
