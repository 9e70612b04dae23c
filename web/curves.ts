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

const READINGS: readonly [label: string, mark: string, read: (row: EpochRow) => string][] = [
  ['Epoch', '', row => formatCount(row.epoch)],
  ['Training loss', 'train', row => formatExact(row.loss)],
  ['Validation loss', 'validation', row => formatExact(row.val_loss)],
  ['Learning rate', 'rate', row => formatExact(row.lr)],
  ['Time', '', row => `${formatNumber(row.seconds)} s`],
];

export class Curves {
  readonly element: HTMLElement;
  readonly #readout = createReadout();
  readonly #bestNote = element('p', { class: 'muted best' });
  readonly #plot = element('div', { class: 'plot', tabindex: '0', role: 'group' });
  readonly #empty = element('p', { class: 'muted' });
  readonly #reset = button('Show all epochs', '', () => this.#chart?.resetZoom());
  readonly #logAxis = element('input', { type: 'checkbox' });
  readonly #save: HTMLButtonElement;
  #rows: readonly EpochRow[] = [];
  #pointedIdx: number | null = null;
  #chart: LossChart | null = null;

  /** @param fileName of the log, for download. */
  constructor(fileName: string) {
    this.#save = button('Download log (CSV)', '', () => download(fileName, trainingLogCsv(this.#rows)));
    this.#reset.hidden = true;
    this.#logAxis.checked = true;
    this.#logAxis.addEventListener('change', () => {
      this.#chart?.setScale(this.#logAxis.checked ? 'log' : 'linear');
      this.#showBest();
    });
    this.#letKeysWalk();
    const axis = element('label', {}, this.#logAxis, ' Logarithmic');
    const tools = element('div', { class: 'tools' }, this.#reset, axis, this.#save);
    const heading = element('header', {}, element('h2', {}, 'Loss'), tools);
    const parts = [heading, this.#readout.element, this.#plot, this.#bestNote, this.#empty];
    this.element = element('section', { class: 'card', 'aria-label': 'Curves' }, ...parts);
  }

  /** Shows these rows, ordered by epoch; `ended` when no more will come. */
  update(rows: readonly EpochRow[], ended: boolean): void {
    this.#rows = rows;
    const best = bestRow(rows);
    const hasRows = rows.length > 0;
    for (const part of [this.#readout.element, this.#plot, this.#bestNote]) part.hidden = !hasRows;
    this.#empty.hidden = hasRows;
    setText(this.#empty, ended ? 'No epoch was finished.' : 'The curves begin with the first finished epoch.');
    this.#save.disabled = !hasRows;
    this.#logAxis.disabled = !hasRows;
    if (!best) return;
    this.#chart ??= this.#createChart();
    this.#chart.update(rows, best);
    this.#showReadings();
    this.#showBest();
  }

  destroy(): void {
    this.#chart?.destroy();
  }

  #createChart(): LossChart {
    return createLossChart(this.#plot, {
      onPoint: idx => {
        this.#pointedIdx = idx;
        this.#showReadings();
      },
      onZoom: zoomed => {
        this.#reset.hidden = !zoomed;
      },
    });
  }

  #letKeysWalk(): void {
    const plot = this.#plot;
    const readout = this.#readout.element;
    plot.addEventListener('focus', () => readout.setAttribute('aria-live', 'polite'));
    plot.addEventListener('blur', () => readout.setAttribute('aria-live', 'off'));
    plot.addEventListener('keydown', event => {
      const target = walk(event.key, this.#pointedIdx, this.#rows.length);
      if (target === undefined) return;
      event.preventDefault();
      this.#chart?.pointAt(target);
    });
  }

  #showReadings(): void {
    const row = this.#rows[this.#pointedIdx ?? this.#rows.length - 1];
    this.#readout.show(row, this.#pointedIdx !== null);
  }

  #showBest(): void {
    const rows = this.#rows;
    const best = bestRow(rows);
    if (!best) return;
    const sentence = `Lowest validation loss ${formatExact(best.val_loss)} at epoch ${formatCount(best.epoch)}`;
    const undrawn = this.#logAxis.checked && rows.some(({ loss, val_loss }) => loss <= 0 || val_loss <= 0);
    const gaps = undrawn ? ' A loss of 0 has no place on a logarithmic axis and is left out.' : '';
    setText(this.#bestNote, `${sentence} (ringed). Epochs count from 0. Drag to zoom, double-click to see all.${gaps}`);
    this.#plot.setAttribute(
      'aria-label',
      `Loss over ${rows.length} epochs. ${sentence}. Arrow keys read out each epoch.`,
    );
  }
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
