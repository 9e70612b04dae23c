/**
 * The lines of the traces: thinned once for what is looked at, and kept until that changes, since a threshold that is dragged only makes other
 * parts of them faint.
 */
import type uPlot from 'uplot';
import { COORDINATES, type PredictionColumns } from './prediction-columns.ts';
import { type PixelColumns, pixelColumns, type ThinnedLine, thinnedLine } from './trace-lines.ts';

export interface TraceInput {
  columns: PredictionColumns;
  /** Rows of the columns that are drawn. */
  length: number;
  /** Keypoints that are drawn, by index. */
  keypoints: readonly number[];
  /** CSS colours, one a keypoint. */
  colours: readonly string[];
  threshold: number;
  /** First and last frame of the plots. */
  frames: FrameRange;
  /** Predicted frames are so far apart where none is missing. */
  frameStep: number;
}
export type FrameRange = readonly [first: number, last: number];

export interface TraceLine extends ThinnedLine {
  keypoint: number;
}

const FAINT = 0.22;
const SCORE = COORDINATES.indexOf('score');

export class TraceLines {
  #key: unknown[] = [];
  #pixels: PixelColumns | null = null;
  readonly #lines = new Map<number, TraceLine>();

  /** @param number which of COORDINATES. @param widthPx of a plot, in pixels of the screen. */
  linesOf(input: TraceInput, number: number, widthPx: number): TraceLine[] {
    const { columns, length, frames, frameStep } = input;
    const key = [columns, length, ...frames, frameStep, widthPx];
    if (key.some((part, i) => part !== this.#key[i])) {
      this.#key = key;
      this.#lines.clear();
      this.#pixels = pixelColumns(row => columns.frame(row), {
        from: Math.max(0, columns.rowUpTo(frames[0] - 1)),
        to: Math.min(length, columns.rowUpTo(frames[1]) + 2),
        framesPerColumn: (frames[1] - frames[0]) / Math.max(1, widthPx),
        longestStep: frameStep,
      });
    }
    return input.keypoints.map(k => {
      const at = k * COORDINATES.length + number;
      const known = this.#lines.get(at);
      if (known) return known;
      const line = { keypoint: k, ...thinnedLine(row => columns.value(row, k, number), this.#pixels!) };
      this.#lines.set(at, line);
      return line;
    });
  }
}

/** The lowest and the highest value of all. */
export function rangeOf(lines: readonly TraceLine[], columns: PredictionColumns, number: number): [number, number] {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { rows, keypoint } of lines) {
    for (const row of rows) {
      const value = columns.value(row, keypoint, number);
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
  }
  return lowest <= highest ? [lowest, highest] : [0, 1];
}

/** Draws them into a plot whose scales are set. */
export function drawLines(plot: uPlot, lines: readonly TraceLine[], input: TraceInput, number: number): void {
  const { ctx, bbox } = plot;
  const { columns, threshold, colours, frames } = input;
  const { min = 0, max = 1 } = plot.scales.y as { min?: number; max?: number };
  const xScale = bbox.width / Math.max(1, frames[1] - frames[0]);
  const yScale = bbox.height / (max - min || 1);
  const isFaint = (row: number, k: number) =>
    !(columns.value(row, k, SCORE) >= threshold) || columns.point(row, k) === null;
  // With more frames than pixels a line is all but upright everywhere: bars look the same, and are drawn a hundred times as fast.
  const draw = xScale < devicePixelRatio ? drawBar : drawSegment;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.lineCap = 'round';
  for (const { rows, isStart, keypoint: k } of lines) {
    ctx.strokeStyle = colours[k]!;
    ctx.fillStyle = colours[k]!;
    for (const faintOnes of [true, false]) {
      ctx.globalAlpha = faintOnes ? FAINT : 1;
      ctx.beginPath();
      let [beforeX, beforeY, wasFaint] = [0, 0, false];
      rows.forEach((row, i) => {
        const x = bbox.left + (columns.frame(row) - frames[0]) * xScale;
        const y = bbox.top + bbox.height - (columns.value(row, k, number) - min) * yScale;
        const isNow = isFaint(row, k);
        const isAlone = isStart[i] === 1 && isStart[i + 1] !== 0;
        // A part between two points is as faint as the fainter of them.
        const isItsTurn = (isNow || (wasFaint && !isAlone)) === faintOnes;
        if (isItsTurn && isAlone) draw(ctx, x, y, x, y);
        else if (isItsTurn && isStart[i] === 0) draw(ctx, beforeX, beforeY, x, y);
        [beforeX, beforeY, wasFaint] = [x, y, isNow];
      });
      ctx.stroke();
    }
  }
}

function drawSegment(ctx: CanvasRenderingContext2D, fromX: number, fromY: number, x: number, y: number): void {
  ctx.moveTo(fromX, fromY);
  ctx.lineTo(x, y);
}

function drawBar(ctx: CanvasRenderingContext2D, _: number, fromY: number, x: number, y: number): void {
  const width = Math.max(1, Math.round(devicePixelRatio));
  const top = Math.round(Math.min(fromY, y));
  ctx.fillRect(Math.round(x), top, width, Math.max(width, Math.round(Math.abs(y - fromY))));
}

/** A dashed line across a plot. */
export function drawLevel(plot: uPlot, value: number, colour: string): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(value, 'y', true);
  ctx.globalAlpha = 0.8;
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
}
