/** The two plots of a training log: training and validation loss with the best epoch ringed, and below it the learning rate. */
import type { Signal } from '@preact/signals';
import type uPlot from 'uplot';
import { courseAxis, valueAxis } from '../chart/axes.ts';
import { faintLine, line, type MarkColours, mark, steppedLine } from '../chart/lines.ts';
import { linearRange, logRange } from '../chart/marks.ts';
import { type OutlierRange, outlierRange } from '../chart/outliers.ts';
import type { PlotDesign } from '../chart/plot.ts';
import { colourOf } from '../frame/theme.ts';
import { chartSettings } from './chart-settings.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';

export const LOSS_HEIGHT_PX = 320;
export const RATE_HEIGHT_PX = 104;

/** Of the columns in lossData. */
const RAW = [1, 2];

/** Reads settings, theme and language. @param outliers is told what the range leaves outside. */
export function lossDesign(curves: Curves, outliers: Signal<OutlierRange | null>): PlotDesign {
  const { isLog, smoothing, ignoresOutliers, axis, hidden } = chartSettings;
  const word = curveWords();
  const [train, validation] = [colourOf('train'), colourOf('validation')];
  const best: MarkColours = [validation, colourOf('text'), colourOf('surface')];
  const isSmooth = smoothing.value > 0;
  const [showsLoss, showsValLoss] = [!hidden.value.includes('loss'), !hidden.value.includes('val_loss')];
  const isRateShown = !hidden.value.includes('lr');
  const around = isLog.value ? logRange : linearRange;
  let range: OutlierRange | null = null;

  const yRange: uPlot.Range.Function = (plot, min, max) => {
    const [from = 0, to = 0] = plot.series[0]!.idxs ?? [];
    const shown = RAW.filter(idx => plot.series[idx]!.show).map(idx => plot.data[idx] as (number | null)[]);
    range = ignoresOutliers.peek() ? outlierRange(shown, from, to) : null;
    if (range === null || range.min === range.max) return around(min, max);
    return [range.min, range.max];
  };
  ignoresOutliers.value;
  return {
    scales: { y: { distr: isLog.value ? 3 : 1, range: yRange } },
    series: [
      {},
      (isSmooth ? faintLine : line)(validation, { show: showsValLoss }),
      (isSmooth ? faintLine : line)(train, { show: showsLoss }),
      line(validation, { show: isSmooth && showsValLoss, points: { show: false } }),
      line(train, { show: isSmooth && showsLoss, points: { show: false } }),
    ],
    axes: [
      courseAxis(axis.value, isRateShown ? null : word.axes[axis.value], !isRateShown),
      valueAxis(word.loss, isLog.value),
    ],
    hooks: {
      draw: [
        plot => {
          const { bestIdx, valLoss } = curves.columns.peek();
          const y = bestIdx === null ? null : (valLoss[bestIdx] ?? null);
          if (showsValLoss && y !== null) mark(plot, 'y', { x: curves.xs.peek()[bestIdx!]!, y }, best);
          outliers.value = range;
        },
      ],
    },
  };
}

/** Raw values first, smoothed ones over them; training over validation, which is the wider band of the two as a rule. */
export function lossData({ columns, xs }: Curves): uPlot.AlignedData {
  const { loss, valLoss, smoothLoss, smoothValLoss } = columns.value;
  return [xs.value as number[], valLoss, loss, smoothValLoss, smoothLoss];
}

export function rateDesign(): PlotDesign {
  const { axis } = chartSettings;
  const word = curveWords();
  return {
    scales: { y: { distr: 3, range: (_, min, max) => rateRange(min, max) } },
    series: [{}, steppedLine(colourOf('rate'))],
    axes: [courseAxis(axis.value, word.axes[axis.value]), { ...valueAxis(word.rateAxis, true) }],
  };
}

export function rateData({ columns, xs }: Curves): uPlot.AlignedData {
  return [xs.value as number[], columns.value.rate];
}

/** A rate that never changes lies in the middle. */
function rateRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return logRange(min, max);
  return [min / 1.6, max * 1.6];
}
