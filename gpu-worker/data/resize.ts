/**
 * Bilinear resizing of one 8-bit image with half-pixel centres and without smoothing, as tf.image.resize does it in SLEAP's SizeMatcher.
 * Pixels are changed here only for training images of mixed sizes, once each when they are read; scaling by input_scaling is the device's work.
 */
import type { FrameSize } from '../../src/contract/frame-geometry.ts';

export interface Pixels extends FrameSize {
  channels: 1 | 3;
  /** [H, W, C] */
  data: Uint8Array;
}

/** @returns [heightPx, widthPx, C], rounded to whole levels. */
export function resizeBilinear(image: Pixels, widthPx: number, heightPx: number): Uint8Array {
  const { channels, data } = image;
  const columns = taps(image.widthPx, widthPx);
  const rows = taps(image.heightPx, heightPx);
  const out = new Uint8Array(widthPx * heightPx * channels);
  const stride = image.widthPx * channels;
  let index = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) {
        const top = row.low * stride + c;
        const bottom = row.high * stride + c;
        const left = column.low * channels;
        const right = column.high * channels;
        const above = data[top + left]! * (1 - column.share) + data[top + right]! * column.share;
        const below = data[bottom + left]! * (1 - column.share) + data[bottom + right]! * column.share;
        out[index++] = Math.round(above * (1 - row.share) + below * row.share);
      }
    }
  }
  return out;
}

/** For each of `to` output positions the two input positions it lies between, and the share of the higher one. */
function taps(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}
