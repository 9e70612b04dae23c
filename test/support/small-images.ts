/** A small image in gray and in colour, and sharp over its pixels. */
import sharp from 'sharp';

export const WIDTH_PX = 37; // odd: rows of a bitmap are padded
export const HEIGHT_PX = 11;
export const PIXELS = WIDTH_PX * HEIGHT_PX;
export const LIMITS = { maxSidePx: 100 };

export const gray = Uint8Array.from({ length: PIXELS }, (_, i) => (i * 37) % 256);
export const colour = Uint8Array.from({ length: PIXELS * 3 }, (_, i) => (i * 53 + (i % 3) * 70) % 256);

export const sharpOf = (pixels: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) => {
  const image = sharp(pixels, { raw: { width: WIDTH_PX, height: HEIGHT_PX, channels } });
  return channels < 3 ? image.toColourspace(pixels instanceof Uint16Array ? 'grey16' : 'b-w') : image;
};
