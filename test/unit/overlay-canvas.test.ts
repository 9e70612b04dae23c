/** Marks of the overlay's canvas: discs and lines, pixel by pixel against what geometry expects of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Canvas, type Colour, type Point } from '../../gpu-worker/overlay/canvas.ts';
import { black, chromaAt, HEIGHT_PX, lumaAt, PIXELS, WIDTH_PX } from '../support/yuv-planes.ts';

const COLOUR: Colour = [200, 100, 40];

function painted(mark: (canvas: Canvas) => void, data = black()): Uint8Array {
  const canvas = new Canvas(WIDTH_PX, HEIGHT_PX);
  mark(canvas);
  canvas.paint(data, COLOUR);
  return data;
}

describe('a disc', () => {
  it('has its colour inside, half of it on its outline, nothing beyond, and is the same in all directions', () => {
    const data = painted(canvas => canvas.disc([8, 7], 3));
    const steps = [0, 1, 2, 3, 4];
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      expect(steps.map(n => lumaAt(data, 8 + n * dx, 7 + n * dy))).toEqual([200, 200, 200, 100, 0]);
    }
    // (2, 2) lies 2.83 from the centre: 0.5 + 3 - 2.83 of it is covered.
    for (const [x, y] of [
      [10, 9],
      [6, 9],
      [10, 5],
      [6, 5],
    ] as const)
      expect(lumaAt(data, x, y)).toBe(Math.round(200 * (3.5 - Math.sqrt(8))));
  });

  it('whose centre lies between two pixels covers both sides alike', () => {
    const data = painted(canvas => canvas.disc([8.5, 7], 2));
    const row = Array.from({ length: WIDTH_PX }, (_, x) => lumaAt(data, x, 7));
    expect(row.slice(5, 13)).toEqual([0, 0, 200, 200, 200, 200, 0, 0]);
    const above = Array.from({ length: 6 }, (_, n) => [lumaAt(data, 8 - n, 5), lumaAt(data, 9 + n, 5)]);
    for (const [left, right] of above) expect(left).toBe(right);
    expect(above[0]![0]).toBe(Math.round(200 * (2.5 - Math.hypot(0.5, 2))));
  });

  it('gives a chroma sample the mean of its four pixels', () => {
    const data = painted(canvas => canvas.disc([8, 8], 0.5));
    // Of the square from (8, 8) to (9, 9) only the first pixel is covered: its neighbours are 1 away.
    expect(lumaAt(data, 8, 8)).toBe(200);
    expect(chromaAt(data, 8, 8)).toEqual([25, 10]);
    const filled = painted(canvas => canvas.disc([8.5, 8.5], 3));
    expect(chromaAt(filled, 8, 8)).toEqual([100, 40]);
  });

  it('is clipped at a corner and does not come back on the other side', () => {
    const data = painted(canvas => canvas.disc([0, 0], 2));
    expect([lumaAt(data, 0, 0), lumaAt(data, 1, 0), lumaAt(data, 2, 0), lumaAt(data, 3, 0)]).toEqual([
      200, 200, 100, 0,
    ]);
    for (let y = 0; y < HEIGHT_PX; y++) expect(lumaAt(data, WIDTH_PX - 1, y)).toBe(0);
    for (let x = 0; x < WIDTH_PX; x++) expect(lumaAt(data, x, HEIGHT_PX - 1)).toBe(0);
    const last = painted(canvas => canvas.disc([WIDTH_PX - 1, HEIGHT_PX - 1], 2));
    expect(lumaAt(last, WIDTH_PX - 1, HEIGHT_PX - 1)).toBe(200);
    expect(lumaAt(last, 0, 0)).toBe(0);
  });

  it.each<Point>([
    [-5, 4],
    [25, 4],
    [8, -5],
    [8, 1e9],
  ])('at %d, %d, outside the frame, changes nothing', (x, y) => {
    expect(painted(canvas => canvas.disc([x, y], 3))).toEqual(black());
  });
});

describe('a line', () => {
  it('is as thick as it is told, and has round ends', () => {
    const data = painted(canvas => canvas.line([4, 7], [10, 7], 3));
    const column = Array.from({ length: 7 }, (_, n) => lumaAt(data, 7, 4 + n));
    expect(column).toEqual([0, 0, 200, 200, 200, 0, 0]);
    // Over its end by half its thickness; the corner is 1.41 from the end.
    expect([lumaAt(data, 11, 7), lumaAt(data, 12, 7)]).toEqual([200, 0]);
    expect(lumaAt(data, 11, 8)).toBe(Math.round(200 * (2 - Math.SQRT2)));
  });

  it('covers each pixel by its distance, wherever it runs', () => {
    const coordinate = fc.double({ min: -12, max: 30, noNaN: true });
    const point = fc.tuple(coordinate, coordinate);
    fc.assert(
      fc.property(point, point, fc.double({ min: 0.5, max: 9, noNaN: true }), (from, to, thicknessPx) => {
        const data = painted(canvas => canvas.line(from, to, thicknessPx));
        for (let i = 0; i < PIXELS; i++) {
          const distance = distanceToLine([i % WIDTH_PX, Math.floor(i / WIDTH_PX)], from, to);
          const expected = 200 * Math.min(1, Math.max(0, thicknessPx / 2 + 0.5 - distance));
          expect(Math.abs(data[i]! - expected)).toBeLessThanOrEqual(0.51);
        }
      }),
    );
  });

  it('that is translucent shows no joint where its parts meet', () => {
    const data = painted(canvas => {
      canvas.line([3, 7], [8, 7], 1, 0.5);
      canvas.line([8, 7], [13, 7], 1, 0.5);
    });
    expect([5, 8, 11].map(x => lumaAt(data, x, 7))).toEqual([100, 100, 100]);
  });

  it('mixes with what is there, and is forgotten once it is painted', () => {
    const canvas = new Canvas(WIDTH_PX, HEIGHT_PX);
    const data = black().fill(80);
    canvas.line([3, 7], [8, 7], 1, 0.25);
    canvas.paint(data, COLOUR);
    expect(lumaAt(data, 5, 7)).toBe(110);
    const before = data.slice();
    canvas.paint(data, COLOUR);
    expect(data).toEqual(before);
  });
});

function distanceToLine([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const squared = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / squared));
  return Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
}
