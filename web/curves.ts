/**
 * The card around the curves: which line is which, the exact values under the cursor, logarithmic or linear, the way out of a zoom,
 * and the log as a file. The arrow keys walk the epochs for those who use no mouse.
 */
import type { EpochRow } from '../src/contract/model.ts';
import { trainingLogCsv } from '../src/contract/training-log.ts';
import { createLossChart, type LossChart } from './chart.ts';
import { button, element, setText } from './dom.ts';
import { formatCount, formatExact, formatNumber } from './format.ts';
import { bestRow } from './training-log.ts';

export interface Curves {
  element: HTMLElement;
  /** Shows these rows, ordered by epoch; `ended` when no more will come. */
  update: (rows: readonly EpochRow[], ended: boolean) => void;
  destroy: () => void;
}

const READINGS: readonly [label: string, mark: string, read: (row: EpochRow) => string][] = [
  ['Epoch', '', row => formatCount(row.epoch)],
  ['Training loss', 'train', row => formatExact(row.loss)],
  ['Validation loss', 'validation', row => formatExact(row.val_loss)],
  ['Learning rate', 'rate', row => formatExact(row.lr)],
  ['Time', '', row => `${formatNumber(row.seconds)} s`],
];

export function createCurves(fileName: string): Curves {
  let rows: readonly EpochRow[] = [];
  let pointedIdx: number | null = null;
  let chart: LossChart | null = null;

  const readout = createReadout();
  const bestNote = element('p', { class: 'muted best' });
  const plot = element('div', { class: 'plot', tabindex: '0', role: 'group' });
  const empty = element('p', { class: 'muted' });

  const reset = button('Show all epochs', '', () => chart?.resetZoom());
  reset.hidden = true;
  const logAxis = element('input', { type: 'checkbox' });
  logAxis.checked = true;
  logAxis.addEventListener('change', () => {
    chart?.setScale(logAxis.checked ? 'log' : 'linear');
    showBest();
  });
  const save = button('Download log (CSV)', '', () => download(fileName, trainingLogCsv(rows)));

  const tools = element('div', { class: 'tools' }, reset, element('label', {}, logAxis, ' Logarithmic'), save);
  const heading = element('header', {}, element('h2', {}, 'Loss'), tools);
  const card = element(
    'section',
    { class: 'card', 'aria-label': 'Curves' },
    heading,
    readout.element,
    plot,
    bestNote,
    empty,
  );

  const showBest = () => {
    const best = bestRow(rows);
    if (!best) return;
    const sentence = `Lowest validation loss ${formatExact(best.val_loss)} at epoch ${formatCount(best.epoch)}`;
    const undrawn = logAxis.checked && rows.some(({ loss, val_loss }) => loss <= 0 || val_loss <= 0);
    const gaps = undrawn ? ' A loss of 0 has no place on a logarithmic axis and is left out.' : '';
    setText(bestNote, `${sentence} (ringed). Epochs count from 0. Drag to zoom, double-click to see all.${gaps}`);
    plot.setAttribute('aria-label', `Loss over ${rows.length} epochs. ${sentence}. Arrow keys read out each epoch.`);
  };

  const showReadings = () => readout.show(rows[pointedIdx ?? rows.length - 1], pointedIdx !== null);

  plot.addEventListener('focus', () => readout.element.setAttribute('aria-live', 'polite'));
  plot.addEventListener('blur', () => readout.element.setAttribute('aria-live', 'off'));
  plot.addEventListener('keydown', event => {
    const target = walk(event.key, pointedIdx, rows.length);
    if (target === undefined) return;
    event.preventDefault();
    chart?.pointAt(target);
  });

  return {
    element: card,
    update: (newRows, ended) => {
      rows = newRows;
      const best = bestRow(rows);
      const hasRows = rows.length > 0;
      for (const part of [readout.element, plot, bestNote]) part.hidden = !hasRows;
      empty.hidden = hasRows;
      setText(empty, ended ? 'No epoch was finished.' : 'The curves begin with the first finished epoch.');
      save.disabled = !hasRows;
      logAxis.disabled = !hasRows;
      if (!best) return;
      chart ??= createLossChart(plot, {
        onPoint: idx => {
          pointedIdx = idx;
          showReadings();
        },
        onZoom: zoomed => {
          reset.hidden = !zoomed;
        },
      });
      chart.update(rows, best);
      showReadings();
      showBest();
    },
    destroy: () => chart?.destroy(),
  };
}

/** The exact values of one row, of the newest or of the one that is pointed at. */
function createReadout() {
  const readings = READINGS.map(([label, mark, read]) => {
    const value = element('span', { class: 'value' });
    const key = element('span', { class: mark ? `key ${mark}` : 'key' }, label);
    return { box: element('span', { class: 'reading' }, key, ' ', value), value, read };
  });
  const readout = element('p', { class: 'readout', 'aria-live': 'off' }, ...readings.map(({ box }) => box));
  return {
    element: readout,
    show: (row: EpochRow | undefined, isPointedAt: boolean) => {
      for (const { value, read } of readings) setText(value, row ? read(row) : '');
      readout.classList.toggle('pointed', isPointedAt);
    },
  };
}

/** The row a key leads to from `idx` (null: none pointed at yet); undefined for any other key. */
function walk(key: string, idx: number | null, count: number): number | null | undefined {
  const last = count - 1;
  if (key === 'ArrowLeft') return Math.max(0, (idx ?? count) - 1);
  if (key === 'ArrowRight') return Math.min(last, (idx ?? last - 1) + 1);
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  return key === 'Escape' ? null : undefined;
}

function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  element('a', { href: url, download: fileName }).click();
  URL.revokeObjectURL(url);
}
