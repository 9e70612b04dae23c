import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pixels, resizeBilinear } from '../../gpu-worker/data/resize.ts';

const image = (widthPx: number, heightPx: number, data: number[], channels: 1 | 3 = 1): Pixels => ({
  widthPx,
  heightPx,
  channels,
  data: Uint8Array.from(data),
});

const images = fc
  .record({
    widthPx: fc.integer({ min: 1, max: 9 }),
    heightPx: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom<1 | 3>(1, 3),
  })
  .chain(shape => {
    const length = shape.widthPx * shape.heightPx * shape.channels;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data): Pixels => ({ ...shape, data }));
  });
const sides = fc.integer({ min: 1, max: 20 });

/** One output level from the definition: the tent of one input pixel's reach around the output pixel's centre, edges held. */
function direct({ widthPx, heightPx, channels, data }: Pixels, toWidth: number, toHeight: number) {
  const weights = (from: number, to: number, i: number) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    return Array.from({ length: from }, (_, j) => Math.max(0, 1 - Math.abs(at - j)));
  };
  return (x: number, y: number, c: number) => {
    const [across, down] = [weights(widthPx, toWidth, x), weights(heightPx, toHeight, y)];
    let sum = 0;
    for (let row = 0; row < heightPx; row++) {
      for (let column = 0; column < widthPx; column++) {
        sum += down[row]! * across[column]! * data[(row * widthPx + column) * channels + c]!;
      }
    }
    return sum;
  };
}

describe('bilinear resizing', () => {
  it('gives the levels of tf.image.resize: twice as wide, half as wide, and both ways at once', () => {
    // tf.image.resize([[0, 100]], [1, 4]) and the like: half-pixel centres, no antialiasing.
    expect([...resizeBilinear(image(2, 1, [0, 100]), 4, 1)]).toEqual([0, 25, 75, 100]);
    expect([...resizeBilinear(image(4, 1, [0, 10, 20, 30]), 2, 1)]).toEqual([5, 25]);
    expect([...resizeBilinear(image(2, 2, [0, 40, 80, 120]), 3, 3)]).toEqual([0, 20, 40, 40, 60, 80, 80, 100, 120]);
    expect([...resizeBilinear(image(6, 1, [0, 0, 90, 0, 0, 0]), 2, 1)]).toEqual([0, 0]); // unsmoothed: centres 1 and 4
  });

  it('agrees with the definition to half a level, for any size and both kinds of image', () => {
    fc.assert(
      fc.property(images, sides, sides, (source, toWidth, toHeight) => {
        const resized = resizeBilinear(source, toWidth, toHeight);
        expect(resized).toHaveLength(toWidth * toHeight * source.channels);
        const level = direct(source, toWidth, toHeight);
        resized.forEach((value, i) => {
          const c = i % source.channels;
          const pixel = (i - c) / source.channels;
          const expected = level(pixel % toWidth, Math.floor(pixel / toWidth), c);
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(0.5 + 1e-9);
        });
      }),
    );
  });

  it('changes nothing at the same size, and never changes its input', () => {
    fc.assert(
      fc.property(images, source => {
        const before = [...source.data];
        expect([...resizeBilinear(source, source.widthPx, source.heightPx)]).toEqual(before);
        resizeBilinear(source, 7, 3);
        expect([...source.data]).toEqual(before);
      }),
    );
  });

  it('keeps a flat image flat and the channels apart', () => {
    const flat = image(3, 2, Array.from({ length: 6 }, () => [10, 200, 255]).flat(), 3);
    const resized = resizeBilinear(flat, 5, 7);
    for (let i = 0; i < resized.length; i += 3) expect([...resized.subarray(i, i + 3)]).toEqual([10, 200, 255]);
  });
});
