/**
 * The training images, all of one size and one number of channels, as the network will see them before scaling.
 *
 * As SLEAP does: gray if every image is gray (SLEAP asks the first only), else RGB; images of mixed sizes are fitted into the largest
 * width and height (stored-images.ts). Every image is read once at the start, so that a broken one is found before hours of training;
 * what fits into `cacheBytes` stays in memory, the rest is read again each time.
 */
import { type FrameSize, fittingScale } from '../../src/contract/frame-geometry.ts';
import { isGray, readImage } from '../media/image.ts';
import type { Pixels } from './resize.ts';
import { fitImage, type ImageFormat, type StoredImages, withChannels } from './stored-images.ts';

export interface ImageSettings {
  cacheBytes: number;
  maxSidePx: number;
  /** Of the network that will see them; absent: gray if every image is gray, else RGB. */
  channels?: 1 | 3;
  /** Called after each image of the first reading, and once more, with the last number, for each that is then fitted; may throw to leave. */
  onRead: (done: number) => void | Promise<void>;
}

export class TrainingImages {
  readonly channels: 1 | 3;
  readonly widthPx: number;
  readonly heightPx: number;
  /** How any thread reads them (readStored). */
  readonly stored: StoredImages;
  /** Of each image in its own pixels. */
  readonly sizes: readonly FrameSize[];

  private constructor(stored: StoredImages, seen: readonly Seen[]) {
    const { widthPx, heightPx, channels } = stored.format;
    this.stored = stored;
    this.channels = channels;
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.sizes = seen;
  }

  /** @throws AppError image_invalid naming the file. */
  static async open(paths: string[], settings: ImageSettings): Promise<TrainingImages> {
    const { cacheBytes, maxSidePx, onRead } = settings;
    const decoded: (Pixels | null)[] = [];
    const seen: Seen[] = [];
    let budget = cacheBytes;
    for (const path of paths) {
      const image = await readImage(path, { maxSidePx });
      const gray = isGray(image);
      // Gray that is stored as colour takes a third, and loses nothing.
      const plain = gray ? withChannels(image, 1) : image;
      budget -= plain.data.length;
      if (budget >= 0) decoded.push({ ...plain, data: shared(plain.data) });
      seen.push({ widthPx: image.widthPx, heightPx: image.heightPx, gray });
      await onRead(seen.length);
    }
    const format: ImageFormat = {
      widthPx: seen.reduce((most, image) => Math.max(most, image.widthPx), 0),
      heightPx: seen.reduce((most, image) => Math.max(most, image.heightPx), 0),
      channels: settings.channels ?? (seen.every(image => image.gray) ? 1 : 3),
    };
    // A small image grows to the common size: only now is known how many the budget holds.
    decoded.splice(Math.floor(cacheBytes / (format.widthPx * format.heightPx * format.channels)));
    const kept: Uint8Array<SharedArrayBuffer>[] = [];
    for (const [i, image] of decoded.entries()) {
      const fitted = fitImage(image!, format);
      kept.push(shared(fitted.data));
      decoded[i] = null; // the memory of both would be twice the budget
      if (fitted !== image) await onRead(seen.length);
    }
    return new TrainingImages({ paths, kept, format, maxSidePx }, seen);
  }

  /** How much larger image `i` is in the common size than in its own pixels. */
  scaleOf(i: number): number {
    return fittingScale(this.sizes[i]!, this.stored.format);
  }
}

interface Seen extends FrameSize {
  gray: boolean;
}

/** The same bytes where all threads see them; copied unless they are there already. */
function shared(data: Uint8Array): Uint8Array<SharedArrayBuffer> {
  if (data.buffer instanceof SharedArrayBuffer) return data as Uint8Array<SharedArrayBuffer>;
  const copy = new Uint8Array(new SharedArrayBuffer(data.length));
  copy.set(data);
  return copy;
}
