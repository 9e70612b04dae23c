/** How the axes of all charts look: colours of the theme, marks where chart/marks.ts puts them, epochs or hours along the bottom. */
import type uPlot from 'uplot';
import { colourOf } from '../frame/theme.ts';
import { formatCount, formatExact } from '../language/numbers.ts';
import { formatClock, linearMarks, logMarks } from './marks.ts';

const FONT = '12px system-ui, sans-serif';
const EPOCH_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000];
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE),
  ...[1, 2, 3, 6, 12].map(n => n * HOUR),
  ...[1, 2, 5, 10, 20, 50].map(n => n * DAY),
];

const keepAll: uPlot.Axis.Filter = (_, marks) => marks;

/** Colours and sizes of an axis. Reads the theme. */
function axisStyle(label: string | null): uPlot.Axis {
  const muted = colourOf('muted');
  return {
    ...{ stroke: muted, font: FONT, filter: keepAll },
    ...(label === null ? {} : { label, labelFont: FONT, labelSize: 18, labelGap: 0 }),
    grid: { stroke: colourOf('line'), width: 1, filter: keepAll },
    ticks: { show: false },
  };
}

/** Values upwards; a mark needs some 34 px. */
export function valueAxis(label: string | null, isLog: boolean): uPlot.Axis {
  return {
    ...axisStyle(label),
    size: 62,
    splits: (plot, _, min, max) => {
      const most = Math.max(2, Math.floor(plot.bbox.height / devicePixelRatio / 34));
      return isLog ? logMarks(min, max, most) : linearMarks(min, max, most);
    },
    values: (_, marks) => marks.map(formatExact),
  };
}

/** Epochs or the seconds that a training took along the bottom. @param hasValues false: lines only, as above another plot. */
export function courseAxis(unit: 'epoch' | 'time', label: string | null, hasValues = true): uPlot.Axis {
  const written: uPlot.Axis.DynamicValues =
    unit === 'epoch'
      ? (_, marks) => marks.map(formatCount)
      : (_, marks, _axis, _space, step) => marks.map(mark => formatClock(mark, step < MINUTE));
  return {
    ...axisStyle(label),
    space: unit === 'epoch' ? 56 : 64,
    incrs: unit === 'epoch' ? EPOCH_STEPS : TIME_STEPS,
    values: hasValues ? written : (_, marks) => marks.map(() => ''),
    size: hasValues ? 26 : 8,
  };
}
