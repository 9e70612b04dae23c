/**
 * Labels that lie outside their image: nearly always a sign that the labels were made on pictures of another size. Training goes on with
 * them, as SLEAP does: what reaches into the image of such a confidence map is learned.
 */
import type { FrameSize } from '../../src/contract/frame-geometry.ts';

export interface OutsidePoint {
  /** Index of the frame, and of the keypoint. */
  frame: number;
  keypoint: number;
  x: number;
  y: number;
}

/** Pixel centres are at integers: the image reaches from -0.5 to its width - 0.5. @param points [K, 2] of frame `frame`. */
export function outsidePoints(points: Float32Array, { widthPx, heightPx }: FrameSize, frame: number): OutsidePoint[] {
  const outside: OutsidePoint[] = [];
  for (let keypoint = 0; 2 * keypoint < points.length; keypoint++) {
    const [x, y] = [points[2 * keypoint]!, points[2 * keypoint + 1]!];
    // Clicked at the very edge, a label may round to it.
    const isInside = x >= -1 && y >= -1 && x <= widthPx && y <= heightPx;
    if (!Number.isNaN(x) && !isInside) outside.push({ frame, keypoint, x, y });
  }
  return outside;
}
