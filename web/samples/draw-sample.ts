/** Label and prediction of a sample frame on a canvas over its picture: rings for the one, discs for the other, a line for what is between. */
import type { Samples } from '../../src/contract/samples.ts';
import { drawPose, type Placement, placeOf, usualRadiusPx } from '../pose/draw-pose.ts';

export interface Shown {
  truth: boolean;
  prediction: boolean;
  /** Lines from label to prediction. */
  errors: boolean;
  names: boolean;
}

export interface Sample {
  keypoints: readonly string[];
  edges: Samples['edges'];
  colours: readonly string[];
  frame: Samples['frames'][number];
  /** What the epoch found; empty before the first. */
  points: Samples['epochs'][number]['points'][number];
  hidden: ReadonlySet<number>;
}

/** In CSS pixels. */
const SMALLEST_RADIUS_PX = 2.5;
const LARGEST_RADIUS_PX = 6;
const LETTER_PX = 12;

/** @param canvas is cleared; its size is that of its box in device pixels. @param pixelRatio device pixels per CSS pixel. */
export function drawSample(canvas: HTMLCanvasElement, sample: Sample, shown: Shown, pixelRatio: number): void {
  const context = canvas.getContext('2d')!;
  const { frame, points, edges, colours, hidden } = sample;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const placement = { scale: canvas.width / frame.width_px, left: 0, top: 0 };
  // Marks stay as they are when a picture grows beyond that, so that zooming in tells more.
  const usualPx = usualRadiusPx(canvas.width, canvas.height);
  const radiusPx = Math.min(LARGEST_RADIUS_PX * pixelRatio, Math.max(SMALLEST_RADIUS_PX * pixelRatio, usualPx));
  const style = { edges, colours, radiusPx, hidden };
  if (shown.truth) drawPose(context, frame.truth, placement, { ...style, mark: 'ring' });
  if (shown.errors) drawErrors(context, sample, placement, pixelRatio);
  if (shown.prediction) drawPose(context, points, placement, { ...style, mark: 'disc' });
  if (shown.names) drawNames(context, sample, shown, { placement, radiusPx, pixelRatio });
}

function drawErrors(
  context: CanvasRenderingContext2D,
  { frame, points, hidden }: Sample,
  placement: Placement,
  pixelRatio: number,
): void {
  context.save();
  for (const [colour, widthPx] of [
    ['black', 4],
    ['white', 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = widthPx * pixelRatio;
    context.beginPath();
    frame.truth.forEach((place, k) => {
      const [from, to] = [
        placeOf(place, k, placement, { hidden }),
        placeOf(points[k] ?? null, k, placement, { hidden }),
      ];
      if (!from || !to) return;
      context.moveTo(...from);
      context.lineTo(...to);
    });
    context.stroke();
  }
  context.restore();
}

interface Lettering {
  placement: Placement;
  radiusPx: number;
  pixelRatio: number;
}

/** Beside the prediction, or beside the label where there is none: on the side where no other name stands and the picture has room. */
function drawNames(
  context: CanvasRenderingContext2D,
  { keypoints, frame, points, hidden }: Sample,
  shown: Shown,
  { placement, radiusPx, pixelRatio }: Lettering,
): void {
  const letterPx = LETTER_PX * pixelRatio;
  const gapPx = radiusPx + 4 * pixelRatio;
  const taken: Box[] = [];
  context.save();
  context.font = `600 ${letterPx}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3 * pixelRatio;
  context.strokeStyle = 'rgb(0 0 0 / 80%)';
  context.fillStyle = 'white';
  keypoints.forEach((name, k) => {
    const found = shown.prediction ? placeOf(points[k] ?? null, k, placement, { hidden }) : null;
    const place = found ?? (shown.truth ? placeOf(frame.truth[k] ?? null, k, placement, { hidden }) : null);
    if (!place) return;
    const [x, y] = place;
    const widthPx = context.measureText(name).width;
    const left = x - widthPx / 2;
    const sides: Box[] = [
      { left: x + gapPx, middle: y, widthPx },
      { left: x - gapPx - widthPx, middle: y, widthPx },
      { left, middle: y - gapPx - letterPx / 2, widthPx },
      { left, middle: y + gapPx + letterPx / 2, widthPx },
    ];
    const isFree = (box: Box) =>
      box.left >= 0 &&
      box.left + widthPx <= context.canvas.width &&
      !taken.some(other => overlaps(box, other, letterPx));
    const box = sides.find(isFree) ?? sides[0]!;
    taken.push(box);
    context.strokeText(name, box.left, box.middle);
    context.fillText(name, box.left, box.middle);
  });
  context.restore();
}

/** Where a name stands, canvas px. */
interface Box {
  left: number;
  /** Of its height. */
  middle: number;
  widthPx: number;
}

function overlaps(a: Box, b: Box, heightPx: number): boolean {
  const isBeside = a.left + a.widthPx < b.left || b.left + b.widthPx < a.left;
  return !isBeside && Math.abs(a.middle - b.middle) < heightPx;
}
