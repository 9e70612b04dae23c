/**
 * Three plots above one another, x, y and score over the frames, drawn by uPlot: it makes scales, axes, grid and the cursor as
 * trace-options.ts says; the lines are drawn here, thinned to what can be seen (trace-lines.ts), with what lies below the threshold faint.
 *
 * Pressing and dragging moves the video; dragging with Shift zooms, as do Ctrl with the wheel and a pinch; a double click shows all.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { COORDINATES, type Coordinate } from './prediction-columns.ts';
import {
  drawLevel,
  drawLines,
  type FrameRange,
  rangeOf,
  type TraceInput,
  type TraceLine,
  TraceLines,
} from './trace-drawing.ts';
import { optionsOf } from './trace-options.ts';

export interface TraceEvents {
  onSeek: (frame: number) => void;
  onZoom: (frames: FrameRange) => void;
  /** By a factor around a frame. */
  onScale: (factor: number, frame: number) => void;
  onShowAll: () => void;
}

export interface TracePlots {
  draw: (input: TraceInput) => void;
  /** Puts the line of the present frame there. */
  point: (frame: number) => void;
  destroy: () => void;
}

const LEAST_WIDTH_PX = 200;

/** @param labels of the vertical axes. @param colour reads a colour of the page: 'muted', 'line', 'accent'. */
export function createTracePlots(
  host: HTMLElement,
  labels: Record<Coordinate, string>,
  colour: (name: string) => string,
  events: TraceEvents,
): TracePlots {
  let input: TraceInput | null = null;
  let frame = 0;
  const thinned = new TraceLines();
  const lines: Record<Coordinate, TraceLine[]> = { x: [], y: [], score: [] };
  const marks: HTMLElement[] = [];
  const muted = colour('muted');

  const plots = COORDINATES.map((coordinate, number) => {
    const options = optionsOf(coordinate, {
      ...{ widthPx: widthOf(host), label: labels[coordinate], muted, line: colour('line') },
      ...{ onDraw: plot => drawClipped(plot, number), onZoom: events.onZoom, onShowAll: events.onShowAll },
    });
    const plot = new uPlot(options, [[], []], host);
    letPointerSeek(plot, events.onSeek);
    const mark = document.createElement('div');
    mark.className = 'player-mark';
    plot.over.append(mark);
    marks.push(mark);
    return plot;
  });

  function drawClipped(plot: uPlot, number: number): void {
    if (!input) return;
    const { ctx, bbox } = plot;
    const coordinate = COORDINATES[number]!;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    drawLines(plot, lines[coordinate], input, number);
    if (coordinate === 'score' && input.threshold > 0) drawLevel(plot, input.threshold, muted);
    ctx.restore();
  }
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { over } = plots[0]!;
    const at = plots[0]!.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
    events.onScale(event.deltaY > 0 ? 1.25 : 0.8, at);
  };
  host.addEventListener('wheel', onWheel, { passive: false });

  const point = (next: number) => {
    frame = next;
    if (!input) return;
    const [first, last] = input.frames;
    const share = (frame - first) / Math.max(1, last - first);
    for (const mark of marks) {
      mark.hidden = share < 0 || share > 1;
      mark.style.left = `${share * 100}%`;
    }
  };
  const draw = (next: TraceInput) => {
    input = next;
    COORDINATES.forEach((coordinate, number) => {
      const plot = plots[number]!;
      lines[coordinate] = thinned.linesOf(next, number, plot.bbox.width / devicePixelRatio);
      const [lowest, highest] = rangeOf(lines[coordinate], next.columns, number);
      plot.setData([[...next.frames], [lowest, highest]], true);
    });
    point(frame);
  };
  const resized = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: widthOf(host), height: plot.height });
    if (input) draw(input);
  });
  resized.observe(host);

  return {
    draw,
    point,
    destroy() {
      resized.disconnect();
      host.removeEventListener('wheel', onWheel);
      for (const plot of plots) plot.destroy();
    },
  };
}

const widthOf = (host: HTMLElement) => Math.max(LEAST_WIDTH_PX, host.clientWidth);

function letPointerSeek(plot: uPlot, onSeek: (frame: number) => void): void {
  const { over } = plot;
  const seek = (event: PointerEvent) => {
    const frame = Math.round(plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x'));
    if (Number.isFinite(frame)) onSeek(frame); // else nothing is drawn yet
  };
  over.style.touchAction = 'pan-y';
  over.addEventListener('pointerdown', event => {
    if (event.button !== 0 || event.shiftKey) return;
    over.setPointerCapture(event.pointerId);
    seek(event);
  });
  over.addEventListener('pointermove', event => {
    if (over.hasPointerCapture(event.pointerId)) seek(event);
  });
}
