import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changePixels, changePoints, type FrameChange } from '../../gpu-worker/data/augment.ts';
import type { Pixels } from '../../gpu-worker/data/resize.ts';
import { draw, frame, moves, NOTHING, noisy } from '../support/augment-frames.ts';

describe('nothing to change', () => {
  it('gives back the very frame and points', () => {
    const pixels = noisy(5, 4);
    const points = Float32Array.of(1, 2, Number.NaN, Number.NaN);
    for (const change of [NOTHING, draw({})]) {
      expect(change).toEqual(NOTHING);
      expect(changePixels(pixels, change)).toBe(pixels);
      expect(changePoints(points, change, pixels, [[0, 1]])).toBe(points);
    }
  });

  it('is what a change of levels does to points, wherever they are', () => {
    const points = Float32Array.of(-20, 2);
    expect(changePoints(points, { ...NOTHING, brightness: 5, gamma: 2 }, { widthPx: 9, heightPx: 9 }, [])).toBe(points);
  });
});

describe('moved frames', () => {
  it('take a dot to where its point goes', () => {
    const [widthPx, heightPx] = [61, 47];
    // The whole dot must be there before and after, or its middle is not its point.
    const [leastPx, marginPx] = [9, 10];
    const clear = (sidePx: number) =>
      fc.integer({ min: 10 * leastPx, max: 10 * (sidePx - marginPx) }).map(tenths => tenths / 10);
    const isClear = (px: number, sidePx: number) => px >= leastPx && px <= sidePx - marginPx;
    const places = fc.record({ x: clear(widthPx), y: clear(heightPx) });
    let found = 0;
    fc.assert(
      fc.property(moves, places, (move, { x, y }) => {
        const dot = frame(
          widthPx,
          heightPx,
          Array.from({ length: widthPx * heightPx }, (_, i) =>
            Math.round(255 * Math.exp(-(((i % widthPx) - x) ** 2 + (Math.floor(i / widthPx) - y) ** 2) / 8)),
          ),
        );
        const change = { ...NOTHING, ...move };
        const [toX, toY] = changePoints(Float32Array.of(x, y), change, dot, []);
        if (!isClear(toX!, widthPx) || !isClear(toY!, heightPx)) return;
        found++;
        const moved = changePixels(dot, change).data;
        let [sum, sumX, sumY] = [0, 0, 0];
        moved.forEach((level, i) => {
          sum += level;
          sumX += level * (i % widthPx);
          sumY += level * Math.floor(i / widthPx);
        });
        expect(Math.abs(sumX / sum - toX!)).toBeLessThan(0.03);
        expect(Math.abs(sumY / sum - toY!)).toBeLessThan(0.03);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('agree with the definition, pixel by pixel, black outside', () => {
    const shapes = fc.record({
      widthPx: fc.integer({ min: 1, max: 9 }),
      heightPx: fc.integer({ min: 1, max: 9 }),
      channels: fc.constantFrom<1 | 3>(1, 3),
    });
    fc.assert(
      fc.property(shapes, moves, ({ widthPx, heightPx, channels }, move) => {
        const pixels = noisy(widthPx, heightPx, channels);
        const change = { ...NOTHING, ...move };
        const moved = changePixels(pixels, change).data;
        const expected = byDefinition(pixels, change);
        moved.forEach((level, i) => void expect(Math.abs(level - expected[i]!)).toBeLessThan(0.501));
      }),
    );
  });

  it('are turned clockwise, without losing a level at right angles', () => {
    const square = noisy(6, 6);
    const turned = changePixels(square, { ...NOTHING, rotationDegrees: 90 }).data;
    // The upper left corner goes to the upper right.
    for (let y = 0; y < 6; y++) for (let x = 0; x < 6; x++) expect(turned[x * 6 + 5 - y]).toBe(square.data[y * 6 + x]);
    const [x, y] = changePoints(Float32Array.of(0, 1), { ...NOTHING, rotationDegrees: 90 }, square, []);
    expect(x).toBeCloseTo(4, 6);
    expect(y).toBeCloseTo(0, 6);
    const over = changePixels(square, { ...NOTHING, rotationDegrees: 180 }).data;
    expect([...over]).toEqual([...square.data].reverse());
  });

  it('are moved by whole pixels to the right and down, after everything else', () => {
    const shifted = { ...NOTHING, translateXPx: 2, translateYPx: -1 };
    expect([...changePixels(frame(3, 2, [1, 2, 3, 4, 5, 6]), shifted).data]).toEqual([0, 0, 4, 0, 0, 0]);
    const size = { widthPx: 101, heightPx: 101 };
    const change = { ...shifted, scale: 2, rotationDegrees: 180 };
    expect([...changePoints(Float32Array.of(60, 45), change, size, [])]).toEqual([32, 59]);
  });

  it('are mirrored exactly, and twice is once too many', () => {
    const pixels = noisy(7, 4, 3);
    for (const flip of ['horizontal', 'vertical'] as const) {
      const once = changePixels(pixels, { ...NOTHING, flip });
      const columnOf = (x: number) => (flip === 'horizontal' ? 6 - x : x);
      const rowOf = (y: number) => (flip === 'vertical' ? 3 - y : y);
      for (let i = 0; i < 4 * 7 * 3; i++) {
        const [y, x, c] = [Math.floor(i / 21), Math.floor(i / 3) % 7, i % 3];
        expect(once.data[i]).toBe(pixels.data[(rowOf(y) * 7 + columnOf(x)) * 3 + c]);
      }
      expect([...changePixels(once, { ...NOTHING, flip }).data]).toEqual([...pixels.data]);
    }
  });
});

describe('moved points', () => {
  const size = { widthPx: 11, heightPx: 9 };

  it('change places with their partners in a mirror only', () => {
    const points = Float32Array.of(1, 2, 3, 4, 5, 6, Number.NaN, Number.NaN);
    const pairs: [number, number][] = [
      [0, 1],
      [3, 2],
    ];
    const mirrored = changePoints(points, { ...NOTHING, flip: 'horizontal' }, size, pairs);
    expect([...mirrored]).toEqual([7, 4, 9, 2, Number.NaN, Number.NaN, 5, 6]);
    const upsideDown = changePoints(points, { ...NOTHING, flip: 'vertical' }, size, pairs);
    expect([...upsideDown]).toEqual([3, 4, 1, 6, Number.NaN, Number.NaN, 5, 2]);
    const shifted = changePoints(points, { ...NOTHING, translateXPx: 1 }, size, pairs);
    expect([...shifted]).toEqual([2, 2, 4, 4, 6, 6, Number.NaN, Number.NaN]);
    expect([...points]).toEqual([1, 2, 3, 4, 5, 6, Number.NaN, Number.NaN]);
  });

  it('are hidden when they leave the frame', () => {
    const right = { ...NOTHING, translateXPx: 4, translateYPx: 0 };
    const points = Float32Array.of(6.5, 3, 6.6, 3, 0, 8.4);
    expect([...changePoints(points, right, size, [])]).toEqual([10.5, 3, Number.NaN, Number.NaN, 4, Math.fround(8.4)]);
    const half = { ...NOTHING, scale: 2 };
    expect([...changePoints(Float32Array.of(5, 4, 5, 0), half, size, [])]).toEqual([5, 4, Number.NaN, Number.NaN]);
  });
});

/** Where a pixel of the result comes from, step by step backwards, and the tent of weights around that place. */
function byDefinition({ widthPx, heightPx, channels, data }: Pixels, change: FrameChange): number[] {
  const [middleX, middleY] = [(widthPx - 1) / 2, (heightPx - 1) / 2];
  const radians = (-change.rotationDegrees * Math.PI) / 180;
  return Array.from({ length: data.length }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const x = ((pixel % widthPx) - change.translateXPx - middleX) / change.scale;
    const y = (Math.floor(pixel / widthPx) - change.translateYPx - middleY) / change.scale;
    const fromX = (x * Math.cos(radians) - y * Math.sin(radians)) * (change.flip === 'horizontal' ? -1 : 1) + middleX;
    const fromY = (x * Math.sin(radians) + y * Math.cos(radians)) * (change.flip === 'vertical' ? -1 : 1) + middleY;
    let sum = 0;
    for (let p = 0; p < widthPx * heightPx; p++) {
      const across = Math.max(0, 1 - Math.abs((p % widthPx) - fromX));
      const down = Math.max(0, 1 - Math.abs(Math.floor(p / widthPx) - fromY));
      sum += across * down * data[p * channels + (i % channels)]!;
    }
    return sum;
  });
}
