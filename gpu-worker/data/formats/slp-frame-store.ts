/**
 * Where frames go that are taken out of a package or a video: an image each, bounded together by MAX_ARCHIVE_BYTES, as what an archive
 * unpacks to is. A file is named as its frame is, since messages about a broken image name its file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../../src/errors.ts';
import { type DecodedImage, isGray, readImage } from '../../media/image.ts';
import { withChannels } from '../stored-images.ts';
import type { ReadSettings } from './format.ts';
import type { Crop } from './slp-videos.ts';

/** Frames of videos hardly pack better at higher levels, which take several times as long. */
const PNG_LEVEL = 2;
const MAX_NAME_CHARS = 80;

export class FrameStore {
  readonly #settings: ReadSettings;
  readonly #total: number;
  #bytes = 0;
  #done = 0;

  /** @param total frames that will be taken out. */
  constructor(settings: ReadSettings, total: number) {
    this.#settings = settings;
    this.#total = total;
  }

  /** @param group a folder of its own for each video. @returns the path of the file to be written for a frame. */
  async pathFor(group: number, videoName: string, frame: number): Promise<string> {
    const folder = join(this.#settings.framesDir, String(group));
    await mkdir(folder, { recursive: true });
    const name = videoName.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_').slice(-MAX_NAME_CHARS);
    return join(folder, `${name}, frame ${frame}`);
  }

  /** Writes an encoded image as it is. @param path with its ending. @throws AppError archive_too_large. */
  async keepFile(path: string, bytes: Uint8Array): Promise<void> {
    await this.#write(path, bytes);
    await this.#finish();
  }

  /**
   * Writes an encoded image with changes, as PNG.
   * @param path without its ending. @returns the path written. @throws AppError archive_too_large, image_invalid.
   */
  async keepChanged(
    path: string,
    bytes: Uint8Array,
    changes: { redIsBlue: boolean; crop: Crop | null },
  ): Promise<string> {
    const { maxSidePx } = this.#settings;
    const image = `${path}.png`;
    await writeFile(image, bytes);
    const decoded = await readImage(image, { maxSidePx });
    return this.keepPixels(path, changes.redIsBlue ? withRedAndBlueExchanged(decoded) : decoded, changes.crop);
  }

  /**
   * Writes pixels as PNG, gray where red, green and blue agree.
   * @param path without its ending. @returns the path written. @throws AppError archive_too_large, image_invalid.
   */
  async keepPixels(path: string, pixels: DecodedImage, crop: Crop | null): Promise<string> {
    this.checkSize(path, pixels);
    const cropped = crop ? cropPixels(pixels, crop) : pixels;
    const { widthPx, heightPx, channels, data } = isGray(cropped) ? withChannels(cropped, 1) : cropped;
    const raw = { width: widthPx, height: heightPx, channels: channels as 1 | 3 };
    // sharp reads from threads of its own, and the next frame of a video is written over this one.
    const own = data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
    const image = sharp(own, { raw, limitInputPixels: false });
    const png = await (channels === 1 ? image.toColourspace('b-w') : image)
      .png({ compressionLevel: PNG_LEVEL })
      .toBuffer();
    await this.#write(`${path}.png`, png);
    await this.#finish();
    return `${path}.png`;
  }

  /** @throws AppError image_invalid. */
  checkSize(what: string, { widthPx, heightPx }: { widthPx: number; heightPx: number }): void {
    const { maxSidePx } = this.#settings;
    if (Math.max(widthPx, heightPx) <= maxSidePx) return;
    const name = what.slice(what.lastIndexOf('/') + 1);
    throw new AppError(
      'image_invalid',
      `"${name}" has ${widthPx} × ${heightPx} pixels, more than ${maxSidePx} a side (MAX_IMAGE_SIDE_PX).`,
    );
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const { maxFramesBytes, signal } = this.#settings;
    signal?.throwIfAborted();
    this.#bytes += bytes.length;
    if (this.#bytes > maxFramesBytes) {
      throw new AppError(
        'archive_too_large',
        `The labelled frames take more than ${maxFramesBytes} bytes as images (MAX_ARCHIVE_BYTES): there is room for ${this.#done} of ${this.#total}.`,
        { remedy: 'Label fewer frames or smaller ones, or have the operator raise MAX_ARCHIVE_BYTES.' },
      );
    }
    await writeFile(path, bytes);
  }

  async #finish(): Promise<void> {
    await this.#settings.onFrame?.(++this.#done, this.#total);
  }
}

function withRedAndBlueExchanged(image: DecodedImage): DecodedImage {
  if (image.channels === 1) return image;
  const data = Uint8Array.from(image.data);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = image.data[i + 2]!;
    data[i + 2] = image.data[i]!;
  }
  return { ...image, data };
}

function cropPixels(image: DecodedImage, { box: [left, top, right, bottom], fill }: Crop): DecodedImage {
  const { channels } = image;
  const [widthPx, heightPx] = [right - left, bottom - top];
  const data = new Uint8Array(widthPx * heightPx * channels).fill(fill);
  const [from, until] = [Math.max(0, left), Math.min(image.widthPx, right)];
  for (let y = Math.max(0, top); y < Math.min(image.heightPx, bottom) && from < until; y++) {
    const row = image.data.subarray((y * image.widthPx + from) * channels, (y * image.widthPx + until) * channels);
    data.set(row, ((y - top) * widthPx + from - left) * channels);
  }
  return { widthPx, heightPx, channels, data };
}
