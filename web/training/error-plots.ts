/** The two plots of the errors: distances in pixels, and the shares PCK and OKS. They show the part of the log that the curves show. */
import type uPlot from 'uplot';
import type { EpochErrors } from '../../src/contract/curves.ts';
import { courseAxis, valueAxis } from '../chart/axes.ts';
import { faintLine, line } from '../chart/lines.ts';
import { linearRange, logRange } from '../chart/marks.ts';
import type { PlotDesign } from '../chart/plot.ts';
import { nearestIdx } from '../chart/walk.ts';
import { colourOf } from '../frame/theme.ts';
import { chartSettings } from './chart-settings.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';
import { measureWords } from './measure-words.ts';

export const ERRORS_HEIGHT_PX = 220;

/** Of theme.css. */
export const ERROR_COLOURS = {
  median_px: 'validation',
  mean_px: 'stopping',
  p90_px: 'rate',
  pck: 'train',
  oks: 'good',
} as const;

export function pixelsDesign(): PlotDesign {
  const { isLog, axis } = chartSettings;
  const around = isLog.value ? logRange : linearRange;
  return {
    scales: { y: { distr: isLog.value ? 3 : 1, range: (_, min, max) => around(min, max) } },
    series: [
      {},
      line(colourOf(ERROR_COLOURS.median_px)),
      line(colourOf(ERROR_COLOURS.mean_px)),
      { ...faintLine(colourOf(ERROR_COLOURS.p90_px)), alpha: 0.8 },
    ],
    axes: [courseAxis(axis.value, curveWords().axes[axis.value]), valueAxis(measureWords().pixels, isLog.value)],
  };
}

export function sharesDesign(): PlotDesign {
  const { axis } = chartSettings;
  return {
    scales: { y: { range: () => [0, 1] } },
    series: [{}, line(colourOf(ERROR_COLOURS.pck)), line(colourOf(ERROR_COLOURS.oks))],
    axes: [courseAxis(axis.value, curveWords().axes[axis.value]), valueAxis(measureWords().shares, false)],
  };
}

/** Along the same x as the curves. */
export function errorData(
  errors: EpochErrors,
  { columns, xs }: Curves,
): { pixels: uPlot.AlignedData; shares: uPlot.AlignedData } {
  const { axis, isLog } = chartSettings;
  const { epochs } = columns.value;
  const x =
    axis.value === 'epoch' || epochs.length === 0
      ? errors.epochs
      : errors.epochs.map(epoch => xs.value[nearestIdx(epochs, epoch)]!);
  const drawable = (column: (number | null)[]) =>
    isLog.value ? column.map(value => (value !== null && value > 0 ? value : null)) : column;
  return {
    pixels: [x, drawable(errors.median_px), drawable(errors.mean_px), drawable(errors.p90_px)],
    shares: [x, errors.pck, errors.oks],
  };
}
