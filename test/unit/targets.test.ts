import { describe, expect, it } from 'vitest';
import { drawConfidenceMaps } from '../../gpu-worker/data/targets.ts';

/** The formula of SLEAP, pixel by pixel, without the separation. */
function direct(points: number[][], rows: number, columns: number, stride: number, spreadPx: number): number[] {
  const out: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (const [x, y] of points) {
        const squared = (column * stride - x!) ** 2 + (row * stride - y!) ** 2;
        out.push(Number.isNaN(squared) ? 0 : Math.exp(-squared / (2 * spreadPx ** 2)));
      }
    }
  }
  return out;
}

function draw(points: number[][], heightPx: number, widthPx: number, stride: number, sigma: number): Float32Array {
  const out = new Float32Array(Math.ceil(heightPx / stride) * Math.ceil(widthPx / stride) * points.length).fill(7);
  drawConfidenceMaps(Float32Array.from(points.flat()), { heightPx, widthPx, stride, sigma }, out);
  return out;
}

describe('confidence maps', () => {
  it('follow the formula for every stride, sizes that the stride does not divide, and points outside the image', () => {
    const points = [
      [3.25, 5.5],
      [-4, 2],
      [30.75, 40.125],
      [16, 0],
    ];
    for (const stride of [1, 2, 4, 8]) {
      const [heightPx, widthPx, sigma] = [33, 21, 2.5];
      const drawn = draw(points, heightPx, widthPx, stride, sigma);
      const expected = direct(
        points,
        Math.ceil(heightPx / stride),
        Math.ceil(widthPx / stride),
        stride,
        sigma * stride,
      );
      expect(drawn.length).toBe(expected.length);
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - drawn[i]!)), 0);
      expect(worst).toBeLessThan(1e-6);
    }
  });

  it('have a peak of exactly 1 on the pixel of a keypoint that lies on the grid', () => {
    const drawn = draw([[8, 4]], 16, 16, 4, 1.5);
    expect(drawn[1 * 4 + 2]).toBe(1);
    expect(drawn.filter(value => value === 1).length).toBe(1);
  });

  it('spread by sigma times the stride, counted in input pixels', () => {
    const drawn = draw([[8, 8]], 24, 24, 2, 1.5);
    expect(drawn[4 * 12 + 5]).toBeCloseTo(Math.exp(-(2 ** 2) / (2 * 3 ** 2)), 6);
  });

  it('are zero for a keypoint of which one coordinate or both are missing, whatever the array held before', () => {
    const drawn = draw(
      [
        [Number.NaN, Number.NaN],
        [4, Number.NaN],
        [4, 4],
      ],
      8,
      8,
      1,
      2,
    );
    for (const missing of [0, 1])
      expect(drawn.filter((_, i) => i % 3 === missing).every(value => value === 0)).toBe(true);
    expect(drawn.filter((_, i) => i % 3 === 2).some(value => value === 1)).toBe(true);
  });

  it('refuse an array of another size', () => {
    const geometry = { heightPx: 8, widthPx: 8, stride: 1, sigma: 2 };
    expect(() => drawConfidenceMaps(new Float32Array(4), geometry, new Float32Array(64))).toThrow(RangeError);
  });
});
