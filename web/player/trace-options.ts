/** How uPlot sets up one plot of the traces: its size, scales and axes, and what is done to it with the pointer. */
import uPlot from 'uplot';
import { formatCount } from '../language/numbers.ts';
import type { Coordinate } from './prediction-columns.ts';
import type { FrameRange } from './trace-drawing.ts';

const HEIGHTS_PX: Record<Coordinate, number> = { x: 130, y: 130, score: 96 };
/** Of the numbers below the last plot. */
const NUMBERS_HEIGHT_PX = 26;
const AXIS_WIDTH_PX = 52;
const SHORTEST_DRAG_PX = 4;
const FRAME_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000];
const FONT = '12px system-ui, sans-serif';
/** Plots with the same key have their cursors at the same frame. */
const SYNC_KEY = 'traces';

interface TracePlot {
  widthPx: number;
  /** Of the vertical axis. */
  label: string;
  /** CSS colours of numbers and grid. */
  muted: string;
  line: string;
  onDraw: (plot: uPlot) => void;
  onZoom: (frames: FrameRange) => void;
  onShowAll: () => void;
}

export function optionsOf(
  coordinate: Coordinate,
  { widthPx, label, muted, line, onDraw, onZoom, onShowAll }: TracePlot,
): uPlot.Options {
  const isLast = coordinate === 'score';
  const axis: uPlot.Axis = { stroke: muted, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: widthPx,
    height: HEIGHTS_PX[coordinate] + (isLast ? NUMBERS_HEIGHT_PX : 0),
    series: [{}, { paths: () => null, points: { show: false } }],
    legend: { show: false },
    padding: [8, 10, 0, 0],
    scales: {
      x: { time: false, range: (_, min, max) => [min, Math.max(max, min + 1)] },
      y: { range: (_, min, max) => (isLast ? [0, 1.02] : uPlot.rangeNum(min, max, 0.08, true)) },
    },
    axes: [
      {
        ...axis,
        ...{ space: 60, incrs: FRAME_STEPS, size: isLast ? 30 : 4 },
        values: (_, splits) => splits.map(split => (isLast ? formatCount(split) : '')),
      },
      { ...axis, size: AXIS_WIDTH_PX, space: 26, label, labelSize: 16, labelFont: FONT },
    ],
    cursor: {
      y: false,
      sync: { key: SYNC_KEY },
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: {
        // Without Shift the pointer moves the video.
        mousedown: (_, __, select) => event => (event.shiftKey ? select(event) : null),
        dblclick: () => () => {
          onShowAll();
          return null;
        },
      },
    },
    hooks: {
      draw: [onDraw],
      setSelect: [
        plot => {
          const { left, width } = plot.select;
          if (width < SHORTEST_DRAG_PX) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
        },
      ],
    },
  };
}
