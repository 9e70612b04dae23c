/**
 * Labelled images as pictures for people: scaled down where they are large, so that a page loads them at once. What is drawn onto one, or
 * beside it, is left to who asks for it: `scale` says where a pixel of the image went.
 */
import sharp, { type Sharp } from 'sharp';
import type { DecodedImage } from './image.ts';

const MOST_SIDE_PX = 640;

export interface Picture {
  widthPx: number;
  heightPx: number;
  /** Pixels of the picture for one of the image; 1 at most. */
  scale: number;
  /** Still to be encoded. */
  pixels: Sharp;
}

/** The whole image, its longest side 640 px or less. */
export function pictureOf({ data, widthPx: width, heightPx: height, channels }: DecodedImage): Picture {
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(width, height));
  const widthPx = Math.max(1, Math.round(width * scale));
  const heightPx = Math.max(1, Math.round(height * scale));
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).resize(widthPx, heightPx);
  return { widthPx, heightPx, scale, pixels };
}
