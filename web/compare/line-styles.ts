/** How twelve lines are told apart, and not by colour alone: six colours, each whole and dashed, and a number at the end of every line. */
import type uPlot from 'uplot';
import { colourOf } from '../frame/theme.ts';

const COLOURS = 6;
const DASH_PX = [7, 4];
const RING_RADIUS_PX = 5;

export interface LineStyle {
  /** Name of its colour in compare.css. */
  colour: string;
  isDashed: boolean;
}

/** @param at place among the models that are compared. */
export function lineStyle(at: number): LineStyle {
  return { colour: `compare-${(at % COLOURS) + 1}`, isDashed: at >= COLOURS };
}

/** Of a series; px of the screen, as uPlot scales them itself. */
export function seriesStyle(at: number): Pick<uPlot.Series, 'stroke' | 'dash'> {
  const { colour, isDashed } = lineStyle(at);
  return isDashed ? { stroke: colourOf(colour), dash: DASH_PX } : { stroke: colourOf(colour) };
}

/** A ring in the colour of its line around one datum; none where it is not in sight. */
export function ringDatum(plot: uPlot, { x, y }: { x: number; y: number }, colour: string, fill: string): void {
  const { ctx, bbox } = plot;
  const [leftPx, topPx] = [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
  if (leftPx < bbox.left || leftPx > bbox.left + bbox.width || topPx < bbox.top || topPx > bbox.top + bbox.height)
    return;
  ctx.save();
  ctx.beginPath();
  ctx.arc(leftPx, topPx, RING_RADIUS_PX * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = colour;
  ctx.stroke();
  ctx.restore();
}

interface LineEnd {
  text: string;
  colour: string;
  x: number;
  y: number;
}

const TEXT_HEIGHT_PX = 12;
const GAP_PX = 5;

/** Writes a text behind the end of each line that is in sight; those at one place are moved apart. @param halo colour around the letters. */
export function writeEnds(plot: uPlot, ends: readonly LineEnd[], halo: string): void {
  const { ctx, bbox } = plot;
  const { left, top, width, height } = bbox;
  const sizePx = TEXT_HEIGHT_PX * devicePixelRatio;
  const placed = ends
    .map(end => ({ ...end, leftPx: plot.valToPos(end.x, 'x', true), topPx: plot.valToPos(end.y, 'y', true) }))
    .filter(
      ({ leftPx, topPx }) => leftPx >= left && leftPx <= left + width + 1 && topPx >= top && topPx <= top + height,
    )
    .sort((a, b) => a.topPx - b.topPx);
  ctx.save();
  ctx.font = `600 ${sizePx}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeStyle = halo;
  const written: { leftPx: number; topPx: number }[] = [];
  for (const { text, colour, leftPx, topPx } of placed) {
    // They come from above, so that one that has to give way goes down.
    const freePx = written
      .filter(other => Math.abs(other.leftPx - leftPx) < 2 * sizePx)
      .reduce((free, other) => Math.max(free, other.topPx + sizePx), topPx);
    written.push({ leftPx, topPx: freePx });
    const textPx = leftPx + GAP_PX * devicePixelRatio;
    ctx.strokeText(text, textPx, freePx);
    ctx.fillStyle = colour;
    ctx.fillText(text, textPx, freePx);
  }
  ctx.restore();
}
