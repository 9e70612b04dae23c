/**
 * The curves: training and validation loss over epochs, and the learning rate in a strip below with the same epochs, drawn by uPlot.
 *
 * Dragging zooms the epochs of both plots, a double click shows all again. New rows keep a zoom: setData(data, false) leaves uPlot's
 * scales alone, and setting the x scale to what it was makes it fit y and draw. uPlot cannot change a scale's kind, so switching
 * between logarithmic and linear destroys the plots and makes new ones; so does a change between light and dark.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { EpochRow } from '../src/contract/model.ts';
import { formatCount, formatExact } from './format.ts';

type LossScale = 'log' | 'linear';

export interface LossChart {
  /** Draws these rows, ordered by epoch, and marks `best`. */
  update: (rows: readonly EpochRow[], best: EpochRow | null) => void;
  setScale: (scale: LossScale) => void;
  resetZoom: () => void;
  /** Puts the cursor on the row at this index; null takes it away. */
  pointAt: (rowIdx: number | null) => void;
  destroy: () => void;
}

export interface LossChartEvents {
  onPoint: (rowIdx: number | null) => void;
  onZoom: (zoomed: boolean) => void;
}

interface Columns {
  loss: uPlot.AlignedData;
  rate: uPlot.AlignedData;
}

interface EpochRange {
  min: number;
  max: number;
}

const LOSS_HEIGHT_PX = 300;
const RATE_HEIGHT_PX = 84;
const AXIS_WIDTH_PX = 60;
const FEWEST_EPOCHS_SHOWN = 2;
const EPOCH_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];

export function createLossChart(host: HTMLElement, { onPoint, onZoom }: LossChartEvents): LossChart {
  let rows: readonly EpochRow[] = [];
  let best: EpochRow | null = null;
  let scale: LossScale = 'log';
  let zoom: EpochRange | null = null;
  let plots: uPlot[] = [];

  const noteZoom = (plot: uPlot) => {
    zoom = zoomOf(plot, rows);
    onZoom(zoom !== null);
  };
  const zoomTo = (range: EpochRange) => {
    for (const plot of plots) plot.setScale('x', { ...range });
  };

  const build = () => {
    for (const plot of plots) plot.destroy();
    const kept = zoom;
    plots = makePlots(host, columns(rows, best, scale), scale, {
      setCursor: [plot => onPoint(plot.cursor.idx ?? null)],
      setScale: [(plot, key) => key === 'x' && noteZoom(plot)],
    });
    if (kept) zoomTo(kept);
  };

  const resized = new ResizeObserver(() => fillWidth(plots, host));
  resized.observe(host);
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  darkness.addEventListener('change', build);
  build();

  return {
    update: (newRows, newBest) => {
      const kept = zoom;
      rows = newRows;
      best = newBest;
      const data = columns(rows, best, scale);
      plots[0]!.setData(data.loss, kept === null);
      plots[1]!.setData(data.rate, kept === null);
      if (kept) zoomTo(kept);
    },
    setScale: newScale => {
      scale = newScale;
      build();
    },
    resetZoom: () => {
      for (const plot of plots) plot.setData(plot.data, true);
    },
    pointAt: rowIdx => {
      const row = rowIdx === null ? undefined : rows[rowIdx];
      for (const plot of plots) putCursor(plot, row);
    },
    destroy: () => {
      resized.disconnect();
      darkness.removeEventListener('change', build);
      for (const plot of plots) plot.destroy();
    },
  };
}

/** The loss above, the learning rate below. */
function makePlots(host: HTMLElement, data: Columns, scale: LossScale, hooks: uPlot.Hooks.Arrays): uPlot[] {
  const width = host.clientWidth;
  const colour = colourReader(host);
  return [
    new uPlot({ ...lossOptions(colour, scale), width, height: LOSS_HEIGHT_PX, hooks }, data.loss, host),
    new uPlot({ ...rateOptions(colour), width, height: RATE_HEIGHT_PX }, data.rate, host),
  ];
}

/** Each keeps its height. */
function fillWidth(plots: readonly uPlot[], host: HTMLElement): void {
  for (const plot of plots) plot.setSize({ width: host.clientWidth, height: plot.height });
}

/** On a row; outside the plot when there is none. */
function putCursor(plot: uPlot, row: EpochRow | undefined): void {
  plot.setCursor(row ? { left: plot.valToPos(row.epoch, 'x'), top: 1 } : { left: -10, top: -10 });
}

/** The epochs that a plot shows; null: all there are. */
function zoomOf(plot: uPlot, rows: readonly EpochRow[]): EpochRange | null {
  const { min, max } = plot.scales.x!;
  const whole = epochRange(rows[0]?.epoch ?? null, rows.at(-1)?.epoch ?? null);
  return min != null && max != null && (min > whole[0] || max < whole[1]) ? { min, max } : null;
}

/** uPlot's columns: [epoch, loss, val_loss, val_loss at the best epoch only] and [epoch, lr]. */
function columns(rows: readonly EpochRow[], best: EpochRow | null, scale: LossScale): Columns {
  // A logarithm has no place for zero: such a value is a gap there.
  const drawable = (value: number) => (scale === 'log' && value <= 0 ? null : value);
  const epochs = rows.map(row => row.epoch);
  return {
    loss: [
      epochs,
      rows.map(row => drawable(row.loss)),
      rows.map(row => drawable(row.val_loss)),
      rows.map(row => (row.epoch === best?.epoch ? drawable(row.val_loss) : null)),
    ],
    rate: [epochs, rows.map(row => (row.lr > 0 ? row.lr : null))],
  };
}

/** Epochs a plot shows for what was asked of it: at least FEWEST_EPOCHS_SHOWN, nothing before epoch 0. */
function epochRange(min: number | null, max: number | null): [number, number] {
  const from = Math.max(0, min ?? 0);
  return [from, Math.max(max ?? 0, from + FEWEST_EPOCHS_SHOWN)];
}

type Colour = (name: string) => string;

/** The colours are the style sheet's own, so that light and dark are told in one place. */
function colourReader(host: HTMLElement): Colour {
  const style = getComputedStyle(host);
  return name => style.getPropertyValue(`--${name}`).trim();
}

type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

function lossOptions(colour: Colour, scale: LossScale): PlotOptions {
  const line = (label: string, name: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    width: 1.75,
    points: { size: 4, fill: colour(name) },
  });
  return {
    ...sharedOptions(),
    scales: { x: epochScale, y: scale === 'log' ? { distr: 3, range: (_, min, max) => logRange(min, max, 1.05) } : {} },
    series: [
      {},
      line('training loss', 'train'),
      line('validation loss', 'validation'),
      {
        label: 'best epoch',
        paths: () => null,
        points: { show: true, size: 11, width: 2, stroke: colour('validation'), fill: colour('surface') },
      },
    ],
    axes: [
      { ...axis(colour), space: 48, incrs: EPOCH_STEPS, values: (_, splits) => splits.map(formatCount), size: 32 },
      { ...axis(colour), size: AXIS_WIDTH_PX, values: exactValues },
    ],
  };
}

function rateOptions(colour: Colour): PlotOptions {
  return {
    ...sharedOptions(),
    scales: { x: epochScale, y: { distr: 3, range: (_, min, max) => logRange(min, max, 1.3) } },
    series: [
      {},
      {
        label: 'learning rate',
        stroke: colour('rate'),
        width: 1.5,
        points: { show: plot => plot.data[0].length === 1, size: 4, fill: colour('rate') },
        paths: uPlot.paths.stepped!({ align: 1 }),
      },
    ],
    axes: [
      { ...axis(colour), space: 48, incrs: EPOCH_STEPS, values: (_, splits) => splits.map(() => ''), size: 8 },
      { ...axis(colour), size: AXIS_WIDTH_PX, space: 24, values: exactValues },
    ],
  };
}

const epochScale: uPlot.Scale = {
  time: false,
  // uPlot asks for a hundred epochs around a single one.
  range: ({ data }, min, max) => (data[0].length === 1 ? epochRange(data[0][0]!, null) : epochRange(min, max)),
};

/** The logarithmic range around values from `min` to `max`, out to round numbers (2e-4, 0.005), where its axis has its marks. */
function logRange(min: number | null, max: number | null, room: number): [number, number] {
  if (min === null || max === null) return [1e-5, 1e-3];
  const round = (value: number, snap: (mantissa: number) => number) => {
    const [mantissa, exponent] = value.toExponential().split('e');
    return Number(`${snap(Number(mantissa))}e${exponent}`);
  };
  return [round(min / room, Math.floor), round(max * room, Math.ceil)];
}

/** Grid lines only where a value is written: a logarithmic axis would else draw nine a decade. */
const labelledLines: uPlot.Axis.Filter = (plot, splits, axisIdx, space, increment) =>
  plot.axes[axisIdx]!.filter!(plot, splits, axisIdx, space, increment);

const exactValues: uPlot.Axis.DynamicValues = (_, splits) =>
  splits.map(value => (value == null ? '' : formatExact(value)));

const sharedOptions = (): PlotOptions => ({
  series: [],
  legend: { show: false },
  padding: [10, 14, 0, 0],
  cursor: { y: false, sync: { key: 'epochs' }, drag: { x: true, y: false, dist: 5 }, points: { size: 7 } },
});

const axis = (colour: Colour): uPlot.Axis => ({
  stroke: colour('muted'),
  font: '12px system-ui, sans-serif',
  grid: { stroke: colour('line'), width: 1, filter: labelledLines },
  ticks: { show: false },
});
