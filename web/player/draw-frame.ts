/** All that is drawn over a frame: the trails of its points, the pose, and the names of its keypoints. */
import { drawNames } from '../pose/draw-names.ts';
import { drawPose, type Placement, type PosePoint, placeOf, usualRadiusPx } from '../pose/draw-pose.ts';
import type { PredictionColumns } from './prediction-columns.ts';

export interface FrameLook {
  /** CSS colours, one a keypoint. */
  colours: readonly string[];
  edges: readonly (readonly [number, number])[];
  threshold: number;
  trailFrames: number;
  /** Times the usual size of a point. */
  size: number;
  hasLabels: boolean;
  hidden: ReadonlySet<number>;
}

/** A trail fades in so many steps; more cannot be told apart. */
const FADES = 6;

/**
 * Draws what was found in `frame` over whatever the canvas holds; nothing where it was not predicted.
 * @param picture its size in px, to which the coordinates belong.
 */
export function drawFrame(
  context: CanvasRenderingContext2D,
  columns: PredictionColumns,
  frame: number,
  picture: { widthPx: number; heightPx: number },
  look: FrameLook,
): void {
  const { width, height } = context.canvas;
  const placement = { scale: width / picture.widthPx, left: 0, top: 0 };
  const radiusPx = usualRadiusPx(width, height) * look.size;
  if (look.trailFrames > 0) drawTrails(context, columns, frame, placement, radiusPx, look);
  const row = columns.rowOf(frame);
  if (row === null) return;
  const points: PosePoint[] = columns.pose(row);
  drawPose(context, points, placement, { ...look, radiusPx, mark: 'disc' });
  const fontPx = Math.max(11 * (window.devicePixelRatio || 1), radiusPx * 2.4);
  if (look.hasLabels) drawNames(context, columns.keypoints, points, placement, { ...look, radiusPx, fontPx });
}

/** Where each keypoint was in the frames before, the fainter the longer ago. A point that was not found breaks its line. */
function drawTrails(
  context: CanvasRenderingContext2D,
  columns: PredictionColumns,
  frame: number,
  placement: Placement,
  radiusPx: number,
  look: FrameLook,
): void {
  const last = columns.rowUpTo(frame);
  const first = columns.rowUpTo(frame - look.trailFrames - 1) + 1;
  if (last - first < 1) return;
  context.save();
  context.lineWidth = Math.max(1, radiusPx * 0.5);
  context.lineJoin = 'round';
  for (let fade = 0; fade < FADES; fade++) {
    context.globalAlpha = (0.75 * (fade + 1)) / FADES;
    const from = first + Math.floor((fade * (last - first)) / FADES);
    const to = first + Math.floor(((fade + 1) * (last - first)) / FADES);
    look.colours.forEach((colour, k) => {
      context.strokeStyle = colour;
      context.beginPath();
      let isOpen = false;
      for (let row = from; row <= to; row++) {
        const place = placeOf(columns.point(row, k), k, placement, look);
        if (place === null) isOpen = false;
        else if (isOpen) context.lineTo(...place);
        else {
          context.moveTo(...place);
          isOpen = true;
        }
      }
      context.stroke();
    });
  }
  context.restore();
}
