/** Labelled images as pictures for people. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { DecodedImage } from '../../gpu-worker/media/image.ts';
import { pictureOf } from '../../gpu-worker/media/picture.ts';

/** Dark on the left, bright from the middle on. */
function image(widthPx: number, heightPx: number, channels: 1 | 3): DecodedImage {
  const data = Uint8Array.from({ length: widthPx * heightPx * channels }, (_, i) =>
    Math.floor(i / channels) % widthPx < widthPx / 2 ? 40 : 210,
  );
  return { widthPx, heightPx, channels, data };
}

describe('a picture', () => {
  it.each([
    [1300, 651, 1, 640, 320],
    [300, 2000, 3, 96, 640],
    [640, 480, 3, 640, 480],
    [20, 30, 1, 20, 30],
    [3000, 1, 1, 640, 1],
  ] as const)('of %d × %d pixels, %d channels, is %d × %d', async (width, height, channels, widthPx, heightPx) => {
    const { pixels, ...picture } = pictureOf(image(width, height, channels));
    expect(picture).toEqual({ widthPx, heightPx, scale: Math.min(1, 640 / Math.max(width, height)) });
    const stored = sharp(await pixels.png().toBuffer());
    expect(await stored.metadata()).toMatchObject({ width: widthPx, height: heightPx });
    const levels = await stored.extractChannel(0).raw().toBuffer();
    const row = levels.subarray(0, widthPx);
    // Both halves keep their level; between them the edge may ring.
    expect([row[1], row[Math.floor(widthPx / 4)], row.at(-2)]).toEqual([40, 40, 210]);
  });
});
