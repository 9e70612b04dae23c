/** The names of keypoints beside their points, each in its colour on a dark rim, since the ground may have any colour. */
import { type Placement, type PosePoint, type PoseStyle, placeOf } from './draw-pose.ts';

interface NamesStyle extends Pick<PoseStyle, 'threshold' | 'hidden' | 'colours' | 'radiusPx'> {
  /** Of the letters, canvas px. */
  fontPx: number;
}

/** @param names one a keypoint. Where one would be cut off at the right edge it stands on the other side of its point. */
export function drawNames(
  context: CanvasRenderingContext2D,
  names: readonly string[],
  points: readonly PosePoint[],
  placement: Placement,
  style: NamesStyle,
): void {
  const { radiusPx, fontPx, colours } = style;
  const gapPx = 1.6 * radiusPx;
  context.save();
  context.font = `600 ${fontPx}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = fontPx / 4;
  context.strokeStyle = 'rgb(0 0 0 / 75%)';
  points.forEach((point, k) => {
    const place = placeOf(point, k, placement, style);
    if (place === null) return;
    const [name, y] = [names[k]!, place[1]];
    const widthPx = context.measureText(name).width;
    const isCut = place[0] + gapPx + widthPx > context.canvas.width;
    const x = isCut ? place[0] - gapPx - widthPx : place[0] + gapPx;
    context.strokeText(name, x, y);
    context.fillStyle = colours[k]!;
    context.fillText(name, x, y);
  });
  context.restore();
}
