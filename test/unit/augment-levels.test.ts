import { describe, expect, it } from 'vitest';
import { changePixels, type FrameChange } from '../../gpu-worker/data/augment.ts';
import { ALL_ON, draw, flat, frame, NOTHING } from '../support/augment-frames.ts';

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
