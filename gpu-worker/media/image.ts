/**
 * Reads one labelled image into memory, with the pixels that OpenCV's imread gives SLEAP: 8 bits a channel (16 bits lose their low
 * byte), alpha ignored, colour profiles ignored.
 *
 * EXIF orientation is applied. OpenCV applies it, and so does every browser and viewer in which a person may have clicked the
 * points; frames cut out of videos carry none, so it matters for photographs only. PNG, JPEG, WebP and TIFF (first page) go
 * through sharp, BMP through bmp.ts because sharp has none. Left out: formats that are programs or pages (SVG, PDF), HEIF, GIF.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../src/errors.ts';
import { isBmp, readBmp } from './bmp.ts';

export interface DecodedImage {
  widthPx: number;
  heightPx: number;
  /** 1 when the file stores gray. A gray picture stored as colour has 3; see isGray(). */
  channels: 1 | 3;
  /** [H, W, C], C in the order RGB. */
  data: Uint8Array;
}

/** Twice what 8192 × 8192 pixels of four channels take. */
const MAX_FILE_BYTES = 2 ** 29;
const FORMATS = new Set<string | undefined>(['png', 'jpeg', 'webp', 'tiff']);

/**
 * @param limits.maxSidePx MAX_IMAGE_SIDE_PX, checked before the pixels are unpacked.
 * @throws AppError image_invalid naming the file; the error of node:fs when it cannot be read at all.
 */
export async function readImage(path: string, limits: { maxSidePx: number }): Promise<DecodedImage> {
  const name = basename(path);
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES)
    throw new AppError('image_invalid', `The image "${name}" is a file of ${Math.round(size / 2 ** 20)} MiB.`, {
      remedy: 'Save it again as PNG or JPEG, in a size that training can use.',
    });
  const file = await readFile(path);
  const checkSize = (widthPx: number, heightPx: number) => {
    if (Math.max(widthPx, heightPx) <= limits.maxSidePx) return;
    const size = `${widthPx} × ${heightPx} pixels`;
    throw new AppError(
      'image_invalid',
      `The image "${name}" has ${size}, more than ${limits.maxSidePx} a side (MAX_IMAGE_SIDE_PX).`,
    );
  };
  if (file.length === 0) throw new AppError('image_invalid', `The image "${name}" is an empty file (0 bytes).`);
  try {
    return isBmp(file) ? readBmp(file, checkSize) : await readWithSharp(file, checkSize);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('image_invalid', `The image "${name}" cannot be read: it is damaged or of an unknown kind.`, {
      remedy: 'Save it again as PNG, JPEG, WebP, TIFF or BMP.',
      cause: error,
    });
  }
}

/** True when red, green and blue agree on every pixel. */
export function isGray({ channels, data }: DecodedImage): boolean {
  if (channels === 1) return true;
  for (let i = 0; i < data.length; i += 3) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}

async function readWithSharp(
  file: Buffer,
  checkSize: (widthPx: number, heightPx: number) => void,
): Promise<DecodedImage> {
  // 'error' refuses truncated files but not the stray bytes that some cameras leave in a JPEG.
  const image = sharp(file, { ignoreIcc: true, failOn: 'error', limitInputPixels: false });
  const { format, space, channels, width, height } = await image.metadata();
  if (!FORMATS.has(format) || channels > 4) throw new Error(`${format} with ${channels} channels`);
  checkSize(width, height);
  const gray = space === 'b-w' || space === 'grey16';
  // Converting to 'b-w' would round 16-bit gray by way of linear light; the first channel of sRGB is the exact high byte.
  const pixels = gray ? image.extractChannel(0) : image.removeAlpha().toColourspace('srgb');
  const { data, info } = await pixels.autoOrient().raw().toBuffer({ resolveWithObject: true });
  return { widthPx: info.width, heightPx: info.height, channels: gray ? 1 : 3, data };
}
