/**
 * The training images as every thread can read them: plain data for `workerData`, with what fits into memory in shared memory, so that a
 * thread more does not copy the dataset; the rest is read from its file each time.
 *
 * All come in one size and number of channels (SLEAP's SizeMatcher): an image of another size is enlarged to fit, aspect kept, and
 * padded at the bottom and the right.
 */
import { fittingScale } from '../../src/contract/frame-geometry.ts';
import { lumaOf } from '../../src/contract/luma.ts';
import { readImage } from '../media/image.ts';
import { type Pixels, resizeBilinear } from './resize.ts';

export type ImageFormat = Omit<Pixels, 'data'>;

export interface StoredImages {
  paths: readonly string[];
  /** Of each, read before; [H, W, C] in shared memory, not to be changed. Shorter than `paths` when not all fit. */
  kept: readonly Uint8Array<SharedArrayBuffer>[];
  format: ImageFormat;
  maxSidePx: number;
}

/** Image `i`, [H, W, C]; not to be changed. @throws AppError image_invalid naming the file. */
export async function readStored({ paths, kept, format, maxSidePx }: StoredImages, i: number): Promise<Uint8Array> {
  return kept[i] ?? fitImage(await readImage(paths[i]!, { maxSidePx }), format).data;
}

/** @returns the very image where nothing is to be changed. */
export function fitImage(image: Pixels, format: ImageFormat): Pixels {
  const { widthPx, heightPx, channels } = format;
  const inner = withChannels(image, channels);
  if (image.widthPx === widthPx && image.heightPx === heightPx) return inner;
  const scale = fittingScale(image, format);
  const innerWidth = Math.round(image.widthPx * scale);
  const innerHeight = Math.round(image.heightPx * scale);
  const resized = scale === 1 ? inner.data : resizeBilinear(inner, innerWidth, innerHeight);
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let y = 0; y < innerHeight; y++) {
    const row = resized.subarray(y * innerWidth * channels, (y + 1) * innerWidth * channels);
    data.set(row, y * widthPx * channels);
  }
  return { ...format, data };
}

/** Gray from RGB is its luma, which leaves levels of gray as they are; RGB from gray repeats it. */
export function withChannels(image: Pixels, channels: 1 | 3): Pixels {
  if (image.channels === channels) return image;
  const pixels = image.widthPx * image.heightPx;
  const data = new Uint8Array(pixels * channels);
  const { data: given } = image;
  for (let i = 0; i < data.length; i++)
    data[i] = channels === 1 ? lumaOf(given[3 * i]!, given[3 * i + 1]!, given[3 * i + 2]!) : given[Math.floor(i / 3)]!;
  return { ...image, channels, data };
}
