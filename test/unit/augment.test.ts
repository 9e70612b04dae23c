import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changePixels, changePoints, drawChange, type FrameChange } from '../../gpu-worker/data/augment.ts';
import { Random } from '../../gpu-worker/data/random.ts';
import type { Pixels } from '../../gpu-worker/data/resize.ts';
import { type AugmentationConfig, augmentationConfigSchema } from '../../src/contract/augmentation.ts';

const NOTHING: FrameChange = {
  flip: null,
  rotationDegrees: 0,
  scale: 1,
  translateXPx: 0,
  translateYPx: 0,
  gamma: 1,
  brightness: 0,
  uniformNoise: null,
  gaussianNoise: null,
};
const ALL_ON = {
  rotate: true,
  scale: true,
  translate: true,
  random_flip: true,
  contrast: true,
  brightness: true,
  uniform_noise: true,
  gaussian_noise: true,
};

const frame = (widthPx: number, heightPx: number, data: ArrayLike<number>, channels: 1 | 3 = 1): Pixels => ({
  widthPx,
  heightPx,
  channels,
  data: Uint8Array.from(data),
});
const noisy = (widthPx: number, heightPx: number, channels: 1 | 3 = 1): Pixels => {
  const random = Random.of(widthPx * heightPx, 'test frame');
  const levels = Array.from({ length: widthPx * heightPx * channels }, () => random.below(256));
  return frame(widthPx, heightPx, levels, channels);
};
const flat = (level: number, channels: 1 | 3 = 1, sidePx = 200) =>
  frame(sidePx, sidePx, new Uint8Array(sidePx * sidePx * channels).fill(level), channels);
const draw = (change: Partial<AugmentationConfig>, seed = 1) =>
  drawChange(augmentationConfigSchema.parse(change), purpose => Random.of(seed, purpose));

const moves = fc.record({
  ...{ flip: fc.constantFrom('horizontal' as const, 'vertical' as const, null) },
  ...{ rotationDegrees: fc.integer({ min: -180, max: 180 }), scale: fc.double({ min: 0.7, max: 1.4, noNaN: true }) },
  ...{ translateXPx: fc.integer({ min: -4, max: 4 }), translateYPx: fc.integer({ min: -4, max: 4 }) },
});

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

describe('changed levels', () => {
  it('are raised to the power of gamma, with levels from 0 to 1', () => {
    const ramp = frame(
      256,
      1,
      Array.from({ length: 256 }, (_, i) => i),
    );
    for (const gamma of [0.5, 0.83, 1.7, 2]) {
      const changed = changePixels(ramp, { ...NOTHING, gamma }).data;
      changed.forEach((level, i) => void expect(Math.abs(level - 255 * (i / 255) ** gamma)).toBeLessThan(0.501));
    }
  });

  it('become brighter by the same number and stay within 0 and 255', () => {
    const brighter = (brightness: number) => [
      ...changePixels(frame(3, 1, [0, 100, 250]), { ...NOTHING, brightness }).data,
    ];
    expect(brighter(10.3)).toEqual([10, 110, 255]);
    expect(brighter(-100.6)).toEqual([0, 0, 149]);
  });

  it('are rounded once, at the end', () => {
    // Half of level 1 and half of the black outside; rounded before the brightness it would be 0.
    const change = { ...NOTHING, scale: 0.5, brightness: 0.4 };
    expect(changePixels(frame(2, 1, [0, 1]), change).data[1]).toBe(1);
  });

  it('get uniform noise in its range, another number for each pixel, the same for its channels', () => {
    const noise = { least: 5, most: 25, seed: 7 };
    const gray = [...changePixels(flat(100), { ...NOTHING, uniformNoise: noise }).data].map(level => level - 100);
    const { mean, deviation } = statistics(gray);
    expect([Math.min(...gray), Math.max(...gray)]).toEqual([5, 25]);
    expect(Math.abs(mean - 15)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 20 / Math.sqrt(12))).toBeLessThan(0.1);
    expect(Math.abs(correlation(gray, 1))).toBeLessThan(0.03);
    expect(Math.abs(correlation(gray, 200))).toBeLessThan(0.03);
    const colour = [...changePixels(flat(100, 3), { ...NOTHING, uniformNoise: noise }).data];
    expect(colour).toEqual(gray.flatMap(added => [100 + added, 100 + added, 100 + added]));
  });

  it('get gaussian noise of its mean and standard deviation', () => {
    const noise = { mean: -10, deviation: 12, seed: 3 };
    const added = [...changePixels(flat(128), { ...NOTHING, gaussianNoise: noise }).data].map(level => level - 128);
    const { mean, deviation } = statistics(added);
    expect(Math.abs(mean + 10)).toBeLessThan(0.2);
    expect(Math.abs(deviation - 12)).toBeLessThan(0.2);
    const within = (sigmas: number) => added.filter(value => Math.abs(value + 10) < 12 * sigmas).length / added.length;
    expect(Math.abs(within(1) - 0.683)).toBeLessThan(0.03);
    expect(Math.abs(within(2) - 0.954)).toBeLessThan(0.01);
    expect(Math.abs(within(3) - 0.997)).toBeLessThan(0.003);
    expect(Math.abs(correlation(added, 1))).toBeLessThan(0.03);
  });

  it('follow the seed of the noise', () => {
    const noise = (seed: number) =>
      changePixels(flat(100, 1, 20), { ...NOTHING, gaussianNoise: { mean: 0, deviation: 9, seed } }).data;
    expect(noise(1)).toEqual(noise(1));
    expect(noise(1)).not.toEqual(noise(2));
  });
});

describe('drawn numbers', () => {
  it('follow the streams they are given, and nothing else', () => {
    expect(draw(ALL_ON, 5)).toEqual(draw(ALL_ON, 5));
    expect(draw(ALL_ON, 5)).not.toEqual(draw(ALL_ON, 6));
  });

  it('do not depend on what else is switched on', () => {
    const all = draw(ALL_ON);
    const seen: Partial<FrameChange> = {};
    for (const one of Object.keys(ALL_ON)) {
      const alone = draw({ [one]: true });
      for (const [key, value] of Object.entries(alone)) {
        if (value !== NOTHING[key as keyof FrameChange]) Object.assign(seen, { [key]: value });
      }
    }
    expect({ ...NOTHING, ...seen }).toEqual(all);
  });

  it('stay in their ranges and fill them', () => {
    const config = { ...ALL_ON, translate_min: -2, translate_max: 3, rotation_min_angle: -15, rotation_max_angle: 30 };
    const drawn = Array.from({ length: 400 }, (_, seed) => draw(config, seed));
    const ranges = [
      ['rotationDegrees', -15, 30],
      ['scale', 0.9, 1.1],
      ['translateXPx', -2, 3],
      ['translateYPx', -2, 3],
      ['gamma', 0.5, 2],
      ['brightness', 0, 10],
    ] as const;
    for (const [key, least, most] of ranges) {
      const values = drawn.map(change => change[key]);
      const margin = 0.02 * (most - least);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(least);
      expect(Math.min(...values)).toBeLessThan(least + margin);
      expect(Math.max(...values)).toBeLessThanOrEqual(most);
      expect(Math.max(...values)).toBeGreaterThan(most - margin);
    }
    expect(new Set(drawn.map(change => change.translateXPx)).size).toBe(6);
    const flips = drawn.filter(({ flip }) => flip === 'horizontal').length;
    expect(Math.abs(flips - 200)).toBeLessThan(40);
    expect(drawn.every(({ flip }) => flip !== 'vertical')).toBe(true);
    expect(drawn.some(change => change.translateXPx !== change.translateYPx)).toBe(true);
  });

  it('turn frames upside down instead when flip_horizontal is off', () => {
    const flips = Array.from(
      { length: 20 },
      (_, seed) => draw({ random_flip: true, flip_horizontal: false }, seed).flip,
    );
    expect(new Set(flips)).toEqual(new Set(['vertical', null]));
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

function statistics(values: number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Of each value with the one `lag` places on. */
function correlation(values: number[], lag: number): number {
  const { mean, deviation } = statistics(values);
  const pairs = values.slice(lag).map((value, i) => (value - mean) * (values[i]! - mean));
  return pairs.reduce((sum, value) => sum + value, 0) / pairs.length / deviation ** 2;
}
