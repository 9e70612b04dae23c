/** How a line of a chart is drawn: whole, faint under a smoothed one, or in steps, as a learning rate is. */
import uPlot from 'uplot';

const WIDTH_PX = 1.75;
/** From so many data a pixel on, a line is a band. */
const DENSE = 2;
const BAND_ALPHA = 0.75;

/** With a point on every datum where there is room. */
export function line(colour: string, more: Partial<uPlot.Series> = {}): uPlot.Series {
  return { stroke: colour, width: WIDTH_PX, paths: thinWhereDense, points: { size: 4, fill: colour }, ...more };
}

/** The measured values under their smoothed line. */
export function faintLine(colour: string, more: Partial<uPlot.Series> = {}): uPlot.Series {
  return { stroke: colour, width: 1, alpha: 0.45, points: { show: false }, ...more };
}

/** For values that change seldom: ten thousand epochs of four learning rates are a path of eight points. */
export function steppedLine(colour: string): uPlot.Series {
  return {
    ...{ stroke: colour, width: 1.5, paths: stepsAtChanges },
    points: { show: plot => plot.data[0].length === 1, size: 4, fill: colour },
  };
}

const stepsAtChanges: uPlot.Series.PathBuilder = (plot, seriesIdx, from, to) => {
  const stroke = new Path2D();
  const [xs, ys] = [plot.data[0], plot.data[seriesIdx]!];
  const xOf = (i: number) => Math.round(plot.valToPos(xs[i]!, 'x', true));
  const yOf = (value: number) => Math.round(plot.valToPos(value, plot.series[seriesIdx]!.scale!, true));
  let last: number | null = null;
  for (let i = from; i <= to; i++) {
    const value = ys[i] ?? null;
    if (value === last && i < to) continue;
    if (last !== null) stroke.lineTo(xOf(i), yOf(last));
    if (value !== null && last === null) stroke.moveTo(xOf(i), yOf(value));
    else if (value !== null) stroke.lineTo(xOf(i), yOf(value));
    last = value;
  }
  return { stroke, fill: null, clip: null, band: null, gaps: [], flags: 1 };
};

const straight = uPlot.paths.linear!();

/** Thousands of strokes wider than a pixel take a browser without a GPU longer than all the rest of a frame, and look the same. */
const thinWhereDense: uPlot.Series.PathBuilder = (plot, seriesIdx, from, to) => {
  const paths = straight(plot, seriesIdx, from, to);
  const isDense = to - from > DENSE * plot.bbox.width;
  // What lies under a band must be seen through it. uPlot reads this when it draws the path.
  plot.series[seriesIdx]!.alpha = isDense ? BAND_ALPHA : 1;
  if (paths === null || !isDense) return paths;
  // uPlot 1.6.32 reads `_width`, where its types say `width`.
  return Object.assign(paths, { _width: 1 });
};

/** From the middle outwards. */
export type MarkColours = readonly [fill: string, ring: string, halo: string];

/** One datum that stands out from its line, however dense that is. Nothing where it is not in sight. */
export function mark(plot: uPlot, scale: string, place: { x: number; y: number }, colours: MarkColours): void {
  const { ctx, bbox } = plot;
  const [x, y] = [plot.valToPos(place.x, 'x', true), plot.valToPos(place.y, scale, true)];
  if (x < bbox.left || x > bbox.left + bbox.width || y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  for (const [at, radius] of [
    [2, 7.5],
    [1, 6],
    [0, 4],
  ] as const) {
    ctx.beginPath();
    ctx.arc(x, y, radius * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fillStyle = colours[at];
    ctx.fill();
  }
  ctx.restore();
}
