/**
 * A pose on a canvas, as overlays show it (gpu-worker/overlay/draw.ts): edges in the colour of the keypoint they lead to, over them the
 * keypoints as discs with a dark rim, which sets them off from light and dark ground alike. Truth is drawn as rings, so that it is told
 * from a prediction without colour.
 *
 * Coordinates are pixels of the picture with pixel centres at integers (SLEAP); the canvas may have another size.
 */
import { keypointColours } from '../../src/contract/keypoint-colours.ts';

/** x px, y px, score; of a label without a score. null: not found, not labelled. */
export type PosePoint = readonly [x: number, y: number, score?: number] | null;

export interface PoseStyle {
  /** CSS colours, one a keypoint. */
  colours: readonly string[];
  /** Pairs of keypoint indices. */
  edges: readonly (readonly [number, number])[];
  /** Of a keypoint, in pixels of the canvas. */
  radiusPx: number;
  mark: 'disc' | 'ring';
  /** Points with a lower score are left out. */
  threshold?: number;
  /** Keypoints that are not drawn, by index. */
  hidden?: ReadonlySet<number>;
}

/** Places of a picture on a canvas. */
export interface Placement {
  /** Canvas pixels per pixel of the picture. */
  scale: number;
  /** Of the picture's corner on the canvas, px. */
  left: number;
  top: number;
}

/** CSS colours for so many keypoints. */
export function poseColours(count: number): string[] {
  return keypointColours(count).map(rgb => `rgb(${rgb.join(' ')})`);
}

/** The size at which points are seen and do not cover what they mark. @returns canvas px. */
export function usualRadiusPx(widthPx: number, heightPx: number): number {
  return Math.max(2.5, Math.min(widthPx, heightPx) / 110);
}

/** Where a keypoint is drawn, in canvas pixels; null where it is not. */
export function placeOf(
  point: PosePoint,
  k: number,
  { scale, left, top }: Placement,
  { threshold = 0, hidden }: Pick<PoseStyle, 'threshold' | 'hidden'>,
): [number, number] | null {
  if (point === null || hidden?.has(k) || (point[2] ?? 1) < threshold) return null;
  return [left + (point[0] + 0.5) * scale, top + (point[1] + 0.5) * scale];
}

export function drawPose(
  context: CanvasRenderingContext2D,
  points: readonly PosePoint[],
  placement: Placement,
  style: PoseStyle,
): void {
  const { edges, colours, radiusPx, mark } = style;
  const places = points.map((point, k) => placeOf(point, k, placement, style));
  context.save();
  context.lineCap = 'round';
  for (const [parent, child] of edges) {
    const [from, to] = [places[parent], places[child]];
    if (!from || !to) continue;
    context.globalAlpha = mark === 'ring' ? 0.55 : 0.8;
    context.strokeStyle = colours[child]!;
    context.lineWidth = Math.max(1.2, radiusPx * 0.7);
    context.setLineDash(mark === 'ring' ? [radiusPx * 1.6, radiusPx * 1.6] : []);
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }
  context.setLineDash([]);
  places.forEach((place, k) => {
    if (place) drawMark(context, place, colours[k]!, radiusPx, mark);
  });
  context.restore();
}

function drawMark(
  context: CanvasRenderingContext2D,
  [x, y]: [number, number],
  colour: string,
  radiusPx: number,
  mark: 'disc' | 'ring',
): void {
  context.beginPath();
  context.arc(x, y, mark === 'ring' ? radiusPx * 1.5 : radiusPx, 0, 2 * Math.PI);
  context.globalAlpha = 0.75;
  context.strokeStyle = 'black';
  context.lineWidth = mark === 'ring' ? radiusPx : radiusPx * 0.6;
  context.stroke();
  context.globalAlpha = 1;
  if (mark === 'disc') {
    context.fillStyle = colour;
    context.fill();
  } else {
    context.strokeStyle = colour;
    context.lineWidth = radiusPx * 0.55;
    context.stroke();
  }
}
