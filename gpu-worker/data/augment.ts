/**
 * Random changes of one training frame and its points: drawn first, as plain numbers, then applied to 8-bit pixels wherever a core is free.
 *
 * Semantics of SLEAP's AugmentationConfig as its descriptions say them. SLEAP 1.3 (imgaug) does what they say; SLEAP 1.4
 * (albumentations) reads the same numbers otherwise: one number of "uniform" noise for the whole frame, a variance for the standard
 * deviation, percent for gamma, whole ranges for brightness, mirrored pictures for black outside. The described meaning is taken here.
 * Order: flip, rotation about the middle, scale, translation (one resampling for all of them), then contrast, brightness, noise, and one
 * rounding. Differs from SLEAP: it scales the translation too and adds the noise first, where contrast distorts it; it keeps
 * points that left the frame and draws what reaches in of their maps; here such a point is hidden, since the network cannot see it.
 */
import type { AugmentationConfig } from '../../src/contract/augmentation.ts';
import type { FrameSize } from '../../src/contract/frame-geometry.ts';
import { Random } from './random.ts';
import type { Pixels } from './resize.ts';

/** What was drawn for one frame; plain data, so that a thread can be told. */
export interface FrameChange {
  flip: 'horizontal' | 'vertical' | null;
  /** Clockwise as seen. */
  rotationDegrees: number;
  scale: number;
  translateXPx: number;
  translateYPx: number;
  gamma: number;
  /** In levels of 0..255. */
  brightness: number;
  /** Levels added to each pixel, to all its channels alike; null: none. */
  uniformNoise: { least: number; most: number; seed: number } | null;
  gaussianNoise: { mean: number; deviation: number; seed: number } | null;
}

/** AugmentationConfig of src/contract/augmentation.ts, as far as it concerns one frame. */
export type FrameAugmentation = Omit<AugmentationConfig, 'symmetric_keypoints'>;

/** @param stream the random numbers of a purpose, so that one change more or less does not shift the others. */
export function drawChange(config: FrameAugmentation, stream: (purpose: string) => Random): FrameChange {
  const between = (purpose: string, on: boolean, least: number, most: number, otherwise: number) =>
    on ? least + (most - least) * stream(purpose).next() : otherwise;
  const wholeBetween = (purpose: string, on: boolean, least: number, most: number) =>
    on ? least + stream(purpose).below(most - least + 1) : 0;
  const { translate, translate_min, translate_max } = config;
  const isFlipped = config.random_flip && stream('flip').next() < 0.5;
  return {
    flip: isFlipped ? (config.flip_horizontal ? 'horizontal' : 'vertical') : null,
    rotationDegrees: between('rotation', config.rotate, config.rotation_min_angle, config.rotation_max_angle, 0),
    scale: between('scale', config.scale, config.scale_min, config.scale_max, 1),
    translateXPx: wholeBetween('translation along x', translate, translate_min, translate_max),
    translateYPx: wholeBetween('translation along y', translate, translate_min, translate_max),
    gamma: between('contrast', config.contrast, config.contrast_min_gamma, config.contrast_max_gamma, 1),
    brightness: between('brightness', config.brightness, config.brightness_min_val, config.brightness_max_val, 0),
    uniformNoise: config.uniform_noise
      ? {
          least: config.uniform_noise_min_val,
          most: config.uniform_noise_max_val,
          seed: stream('uniform noise').nextUint32(),
        }
      : null,
    gaussianNoise: config.gaussian_noise
      ? {
          mean: config.gaussian_noise_mean,
          deviation: config.gaussian_noise_stddev,
          seed: stream('gaussian noise').nextUint32(),
        }
      : null,
  };
}

/**
 * @param points [K, 2] in pixels of the frame, centres of pixels at whole numbers; NaN: hidden.
 * @param flipPairs keypoints that a mirror exchanges.
 * @returns where the change takes them, in a new array if it moves anything.
 */
export function changePoints(
  points: Float32Array,
  change: FrameChange,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  flipPairs: readonly (readonly [number, number])[],
): Float32Array {
  if (!moves(change)) return points;
  const { xx, xy, x0, yx, yy, y0 } = affineOf(change, widthPx, heightPx);
  const moved = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    const toX = xx * x + xy * y + x0;
    const toY = yx * x + yy * y + y0;
    const isInside = toX >= -0.5 && toX <= widthPx - 0.5 && toY >= -0.5 && toY <= heightPx - 0.5;
    moved[i] = isInside ? toX : Number.NaN;
    moved[i + 1] = isInside ? toY : Number.NaN;
  }
  if (change.flip === null) return moved;
  for (const [one, other] of flipPairs) {
    const first = moved.slice(2 * one, 2 * one + 2);
    moved.copyWithin(2 * one, 2 * other, 2 * other + 2);
    moved.set(first, 2 * other);
  }
  return moved;
}

/** @returns the changed frame; the very frame given where nothing is to be changed. */
export function changePixels(frame: Pixels, change: FrameChange): Pixels {
  const relevels =
    change.gamma !== 1 || change.brightness !== 0 || change.uniformNoise !== null || change.gaussianNoise !== null;
  if (!moves(change) && !relevels) return frame;
  const source = sourceOf(change, frame);
  const levels = source === null ? new Float32Array(frame.data) : resample(frame, source);
  if (relevels) relevel(levels, frame.channels, change);
  // A clamped array clips to 0..255 and rounds to the nearest level.
  return { ...frame, data: new Uint8Array(new Uint8ClampedArray(levels).buffer) };
}

function moves({ flip, rotationDegrees, scale, translateXPx, translateYPx }: FrameChange): boolean {
  return flip !== null || rotationDegrees !== 0 || scale !== 1 || translateXPx !== 0 || translateYPx !== 0;
}

/** Where each pixel of the changed frame comes from; null: from its own place. */
export function sourceOf(change: FrameChange, { widthPx, heightPx }: FrameSize): FrameSource | null {
  return moves(change) ? inverse(affineOf(change, widthPx, heightPx)) : null;
}

/** x' = xx x + xy y + x0, y' = yx x + yy y + y0 */
export interface FrameSource {
  xx: number;
  xy: number;
  x0: number;
  yx: number;
  yy: number;
  y0: number;
}

function affineOf(change: FrameChange, widthPx: number, heightPx: number): FrameSource {
  const radians = (change.rotationDegrees * Math.PI) / 180;
  const cos = change.scale * Math.cos(radians);
  const sin = change.scale * Math.sin(radians);
  const [alongX, alongY] = [change.flip === 'horizontal' ? -1 : 1, change.flip === 'vertical' ? -1 : 1];
  const [xx, xy, yx, yy] = [alongX * cos, -alongY * sin, alongX * sin, alongY * cos];
  const [middleX, middleY] = [(widthPx - 1) / 2, (heightPx - 1) / 2];
  return {
    ...{ xx, xy, x0: middleX - xx * middleX - xy * middleY + change.translateXPx },
    ...{ yx, yy, y0: middleY - yx * middleX - yy * middleY + change.translateYPx },
  };
}

function inverse({ xx, xy, x0, yx, yy, y0 }: FrameSource): FrameSource {
  const determinant = xx * yy - xy * yx;
  const [ixx, ixy, iyx, iyy] = [yy / determinant, -xy / determinant, -yx / determinant, xx / determinant];
  return { xx: ixx, xy: ixy, x0: -ixx * x0 - ixy * y0, yx: iyx, yy: iyy, y0: -iyx * x0 - iyy * y0 };
}

/** Each pixel bilinearly from the place `back` takes it to; black outside the frame. @returns [H, W, C] levels, not rounded. */
function resample(
  { widthPx, heightPx, channels, data }: Pixels,
  { xx, xy, x0, yx, yy, y0 }: FrameSource,
): Float32Array {
  const out = new Float32Array(data.length);
  const rowStride = widthPx * channels;
  const level = (x: number, y: number, c: number) =>
    x < 0 || y < 0 || x >= widthPx || y >= heightPx ? 0 : data[y * rowStride + x * channels + c]!;
  let index = 0;
  for (let y = 0; y < heightPx; y++) {
    const startX = xy * y + x0;
    const startY = yy * y + y0;
    for (let x = 0; x < widthPx; x++, index += channels) {
      const fromX = xx * x + startX;
      const fromY = yx * x + startY;
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      if (left < -1 || top < -1 || left >= widthPx || top >= heightPx) continue;
      const right = fromX - left;
      const bottom = fromY - top;
      if (left >= 0 && top >= 0 && left < widthPx - 1 && top < heightPx - 1) {
        const at = top * rowStride + left * channels;
        for (let c = 0; c < channels; c++) {
          const above = data[at + c]! * (1 - right) + data[at + channels + c]! * right;
          const below = data[at + rowStride + c]! * (1 - right) + data[at + rowStride + channels + c]! * right;
          out[index + c] = above * (1 - bottom) + below * bottom;
        }
      } else {
        for (let c = 0; c < channels; c++) {
          const above = level(left, top, c) * (1 - right) + level(left + 1, top, c) * right;
          const below = level(left, top + 1, c) * (1 - right) + level(left + 1, top + 1, c) * right;
          out[index + c] = above * (1 - bottom) + below * bottom;
        }
      }
    }
  }
  return out;
}

/** Contrast, brightness and noise, in place. @param levels [H, W, C] in 0..255 */
function relevel(
  levels: Float32Array,
  channels: number,
  { gamma, brightness, uniformNoise, gaussianNoise }: FrameChange,
): void {
  if (gamma !== 1) changeContrast(levels, gamma);
  if (brightness !== 0) for (let i = 0; i < levels.length; i++) levels[i]! += brightness;
  const pixels = levels.length / channels;
  if (uniformNoise !== null) {
    const { least, most, seed } = uniformNoise;
    for (let pixel = 0, i = 0; pixel < pixels; pixel++) {
      const added = least + (most - least) * (scrambled(seed, pixel) / 2 ** 32);
      for (let c = 0; c < channels; c++) levels[i++]! += added;
    }
  }
  if (gaussianNoise !== null) {
    const { mean, deviation, seed } = gaussianNoise;
    const normal = normalNumbers();
    for (let pixel = 0, i = 0; pixel < pixels; pixel++) {
      const added = mean + deviation * normal[scrambled(seed, pixel) >>> 16]!;
      for (let c = 0; c < channels; c++) levels[i++]! += added;
    }
  }
}

/** x ** gamma with x in [0, 1], from a table with 16 places a level and straight lines between: a power takes 80 ns. */
function changeContrast(levels: Float32Array, gamma: number): void {
  const table = Float32Array.from({ length: 255 * 16 + 2 }, (_, i) => 255 * (i / (255 * 16)) ** gamma);
  for (let i = 0; i < levels.length; i++) {
    const at = levels[i]! * 16;
    const low = Math.trunc(at);
    levels[i] = table[low]! + (table[low + 1]! - table[low]!) * (at - low);
  }
}

/**
 * The `index`th number of a seed's noise, an unsigned 32-bit integer: MurmurHash3's finaliser over a Weyl sequence, as in SplitMix.
 * Without a state to carry it takes 3 ns, Random 35 ns.
 */
function scrambled(seed: number, index: number): number {
  let word = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** 65536 normal numbers to pick from, drawn once a thread: a logarithm and a root for each pixel would take most of the time. */
let normal: Float32Array | null = null;

export function normalNumbers(): Float32Array {
  normal ??= drawNormalNumbers();
  return normal;
}

/** Box and Muller: polar coordinates of a random point of the plane. */
function drawNormalNumbers(): Float32Array {
  const random = Random.of(0, 'normal numbers');
  return Float32Array.from(
    { length: 2 ** 16 },
    () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()),
  );
}
