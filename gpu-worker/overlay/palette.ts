/** The colours of keypoints for a video: in YUV by BT.601, limited range. A player that takes it for BT.709, as it may if it is large and says nothing, shifts them a little and all alike. */
import { keypointColours, type Rgb } from '../../src/contract/keypoint-colours.ts';
import type { Colour } from './canvas.ts';

/** @returns `count` colours; they repeat after more than a hundred. */
export function palette(count: number): Colour[] {
  return keypointColours(count).map(yuvOf);
}

/** BT.601, limited range: Y from 16 to 235, U and V around 128. @param rgb 0 to 255 each. */
export function yuvOf([r, g, b]: Rgb): Colour {
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [
    Math.round(16 + (luma * 219) / 255),
    Math.round(128 + (((b - luma) / 1.772) * 224) / 255),
    Math.round(128 + (((r - luma) / 1.402) * 224) / 255),
  ];
}
