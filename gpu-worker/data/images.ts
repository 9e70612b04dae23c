/**
 * The training images, all of one size and one number of channels, as the network will see them before scaling.
 *
 * As SLEAP does: gray if every image is gray (SLEAP asks the first only), else RGB; images of mixed sizes are enlarged to fit the
 * largest width and height, aspect kept, and padded at the bottom and the right (SizeMatcher). Every image is read once at the start, so
 * that a broken one is found before hours of training; what fits into `cacheBytes` stays in memory, the rest is read again each time.
 */
import { isGray, readImage } from '../media/image.ts';
import { type Pixels, resizeBilinear } from './resize.ts';

export interface ImageSettings {
  cacheBytes: number;
  maxSidePx: number;
  /** Of the network that will see them; absent: gray if every image is gray, else RGB. */
  channels?: 1 | 3;
  /** Called after each image of the first reading; may throw to leave. */
  onRead: (done: number) => void | Promise<void>;
}

export class TrainingImages {
  readonly channels: 1 | 3;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Whether any image had to be fitted into the common size. */
  readonly mixedSizes: boolean;
  readonly #paths: string[];
  readonly #maxSidePx: number;
  /** Undefined where the budget was used up. */
  readonly #cache: (Pixels | undefined)[];
  /** Factor from an image's own pixels to the common size. */
  readonly #scales: number[];

  private constructor(paths: string[], settings: ImageSettings, cache: (Pixels | undefined)[], seen: Seen[]) {
    this.#paths = paths;
    this.#maxSidePx = settings.maxSidePx;
    this.channels = settings.channels ?? (seen.every(image => image.gray) ? 1 : 3);
    this.widthPx = seen.reduce((most, image) => Math.max(most, image.widthPx), 0);
    this.heightPx = seen.reduce((most, image) => Math.max(most, image.heightPx), 0);
    this.mixedSizes = seen.some(image => image.widthPx !== this.widthPx || image.heightPx !== this.heightPx);
    this.#scales = seen.map(image => Math.min(this.widthPx / image.widthPx, this.heightPx / image.heightPx));
    // A small image grows to the common size when it is fitted: only now is known how many the budget holds.
    this.#cache = cache.slice(0, Math.floor(settings.cacheBytes / (this.widthPx * this.heightPx * this.channels)));
  }

  /** @throws AppError image_invalid naming the file. */
  static async open(paths: string[], settings: ImageSettings): Promise<TrainingImages> {
    const { cacheBytes, maxSidePx, onRead } = settings;
    const cache: (Pixels | undefined)[] = [];
    const seen: Seen[] = [];
    let budget = cacheBytes;
    for (const path of paths) {
      const image = await readImage(path, { maxSidePx });
      budget -= image.data.length;
      cache.push(budget >= 0 ? image : undefined);
      seen.push({ widthPx: image.widthPx, heightPx: image.heightPx, gray: isGray(image) });
      await onRead(seen.length);
    }
    return new TrainingImages(paths, settings, cache, seen);
  }

  /** How much larger image `i` is in the common size than in its own pixels. */
  scaleOf(i: number): number {
    return this.#scales[i]!;
  }

  /** Image `i`, [H, W, C]; not to be changed. */
  async read(i: number): Promise<Uint8Array> {
    const image = this.#cache[i] ?? (await readImage(this.#paths[i]!, { maxSidePx: this.#maxSidePx }));
    const fitted = this.#fit(image);
    // Fitted once, then kept as it is.
    if (this.#cache[i]) this.#cache[i] = fitted;
    return fitted.data;
  }

  #fit(image: Pixels): Pixels {
    const { widthPx, heightPx, channels } = this;
    if (image.widthPx === widthPx && image.heightPx === heightPx && image.channels === channels) return image;
    const inner = withChannels(image, channels);
    const scale = Math.min(widthPx / image.widthPx, heightPx / image.heightPx);
    const innerWidth = Math.round(image.widthPx * scale);
    const innerHeight = Math.round(image.heightPx * scale);
    const resized = scale === 1 ? inner.data : resizeBilinear(inner, innerWidth, innerHeight);
    const data = new Uint8Array(widthPx * heightPx * channels);
    for (let y = 0; y < innerHeight; y++) {
      const row = resized.subarray(y * innerWidth * channels, (y + 1) * innerWidth * channels);
      data.set(row, y * widthPx * channels);
    }
    return { widthPx, heightPx, channels, data };
  }
}

interface Seen {
  widthPx: number;
  heightPx: number;
  gray: boolean;
}

/** Gray from RGB is its luma, which leaves levels of gray as they are; RGB from gray repeats it. */
function withChannels(image: Pixels, channels: 1 | 3): Pixels {
  if (image.channels === channels) return image;
  const pixels = image.widthPx * image.heightPx;
  const data = new Uint8Array(pixels * channels);
  for (let i = 0; i < data.length; i++)
    data[i] = channels === 1 ? luma(image.data, 3 * i) : image.data[Math.floor(i / 3)]!;
  return { ...image, channels, data };
}

/** ITU-R BT.601, as tf.image.rgb_to_grayscale. */
function luma(rgb: Uint8Array, at: number): number {
  return Math.round(0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]!);
}
