/** What the canvas shows: the frame, over it the confidence map of one keypoint as a glow in its colour, and the pose with names. */
import { drawNames } from '../pose/draw-names.ts';
import { drawPose, type PosePoint, type PoseStyle, usualRadiusPx } from '../pose/draw-pose.ts';
import type { HeatMap } from './engine-messages.ts';

/** Small frames are enlarged, so that points and names are sharp. */
const LONG_SIDE_PX = 1280;
const MOST_STRENGTH = 0.8;
/** As the reader sees them, CSS pixels. */
const LEAST_TEXT_PX = 12;
const LEAST_RADIUS_PX = 3;

export interface Picture {
  bitmap: ImageBitmap;
  points: readonly PosePoint[];
  heat: { map: HeatMap; colour: string } | null;
  /** Written beside the points; null: none. */
  names: readonly string[] | null;
  /** How large the canvas is on the page, CSS pixels; 0: not known yet. */
  shown: { widthPx: number; heightPx: number };
}

export function drawStage(
  canvas: HTMLCanvasElement,
  { bitmap, points, heat, names, shown }: Picture,
  style: Omit<PoseStyle, 'radiusPx' | 'mark'>,
): void {
  const scale = Math.min(8, Math.max(1, LONG_SIDE_PX / Math.max(bitmap.width, bitmap.height)));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  // Setting it, even to the same, clears the canvas, which would flicker.
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  context.drawImage(bitmap, 0, 0, width, height);
  if (heat) drawHeat(context, heat.map, heat.colour, scale);
  const placement = { scale, left: 0, top: 0 };
  // Of the canvas per CSS pixel: the picture keeps its shape within the canvas's box.
  const density = shown.widthPx > 0 ? Math.max(width / shown.widthPx, height / shown.heightPx) : 1;
  const radiusPx = Math.max(usualRadiusPx(width, height), LEAST_RADIUS_PX * density);
  drawPose(context, points, placement, { ...style, radiusPx, mark: 'disc' });
  const fontPx = Math.max(2.4 * radiusPx, LEAST_TEXT_PX * density);
  if (names) drawNames(context, names, points, placement, { ...style, radiusPx, fontPx });
}

function drawHeat(context: CanvasRenderingContext2D, map: HeatMap, colour: string, scale: number): void {
  const { values, width, height, left, top, stepX, stepY } = map;
  const [r, g, b] = colour.match(/\d+/g)!.map(Number) as [number, number, number];
  const glow = new ImageData(width, height);
  values.forEach((value, i) => {
    glow.data.set([r, g, b, 255 * MOST_STRENGTH * Math.min(1, Math.max(0, value))], 4 * i);
  });
  const small = new OffscreenCanvas(width, height);
  small.getContext('2d')!.putImageData(glow, 0, 0);
  context.drawImage(small, left * scale, top * scale, width * stepX * scale, height * stepY * scale);
}
