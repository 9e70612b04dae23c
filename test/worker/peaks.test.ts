/** Peak finding against hand-made maps. The accuracies stated here are those of SLEAP's formula itself, not of an implementation. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawConfidenceMaps } from '../../gpu-worker/data/targets.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { findPeaks } from '../../gpu-worker/infer/peaks.ts';
import { globalPeaks } from '../../gpu-worker/kernels/global-peaks.ts';
import { USUAL_PEAKS } from '../../src/contract/global-peaks.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { checkCase, INTEGRAL, PEAK_CASES } from '../support/peak-cases.ts';
import { expectGaussiansFound } from '../support/peak-gaussians.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

async function peaksOf(
  maps: Float32Array,
  shape: [number, number, number, number],
  outputStride = 1,
  threshold: number = USUAL_PEAKS.threshold,
) {
  const tensor = tf.tensor4d(maps, shape);
  const peaks = await findPeaks(tensor, { threshold, outputStride });
  tensor.dispose();
  return peaks;
}

/** Peaks of one frame with Gaussians of `sigma` map pixels at the given points, in input pixels. */
async function recover(points: number[][], sizePx: number, stride: number, sigma: number) {
  const side = Math.ceil(sizePx / stride);
  const maps = new Float32Array(side * side * points.length);
  drawConfidenceMaps(Float32Array.from(points.flat()), { heightPx: sizePx, widthPx: sizePx, stride, sigma }, maps);
  return peaksOf(maps, [1, side, side, points.length], stride);
}

describe('peaks', () => {
  it.each([
    [0.75, 1, 0.006],
    [1, 1, 0.05],
    [1.5, 1, 0.19],
    [2.5, 1, 0.36],
    [5, 1, 0.47],
    [1.5, 4, 0.75],
  ])(
    'of Gaussians with sigma %f at stride %i are found to %f px, anywhere between the pixels',
    async (sigma, stride, accuracyPx) => {
      const points: number[][] = [];
      for (let i = 0; i <= 10; i++)
        for (let j = 0; j <= 10; j++) points.push([(20 + i / 10) * stride, (17 + j / 10) * stride]);
      const peaks = await recover(points, 40 * stride, stride, sigma);
      const errors = points.flatMap(([x, y], k) => [Math.abs(peaks[3 * k]! - x!), Math.abs(peaks[3 * k + 1]! - y!)]);
      const worst = Math.max(...errors);
      expect(worst).toBeLessThan(accuracyPx);
      expect(worst).toBeGreaterThan(0.8 * accuracyPx); // no better than stated, either
    },
  );

  it('on a pixel are found exactly, with score 1', async () => {
    const peaks = await recover([[12, 20]], 64, 4, 1.5);
    expect(peaks[0]).toBeCloseTo(12, 5);
    expect(peaks[1]).toBeCloseTo(20, 5);
    expect(peaks[2]).toBe(1);
  });

  it('are refined by the centre of mass of the 5 x 5 patch, in input pixels', async () => {
    const [height, width] = [9, 8];
    const maps = new Float32Array(height * width);
    const set = (row: number, column: number, value: number) => (maps[row * width + column] = value);
    set(4, 3, 0.8);
    set(4, 4, 0.4); // one to the right
    set(2, 3, 0.2); // two above
    set(4, 6, 0.7); // outside the patch
    const peaks = await peaksOf(maps, [1, height, width, 1], 4);
    expect(peaks[0]).toBeCloseTo((3 + 0.4 / 1.4) * 4, 5);
    expect(peaks[1]).toBeCloseTo((4 - (2 * 0.2) / 1.4) * 4, 5);
    expect(peaks[2]).toBeCloseTo(0.8, 6);
  });

  it('at the border count the map as zero beyond it', async () => {
    const maps = new Float32Array(6 * 7);
    maps[0] = 0.9;
    maps[1] = 0.3;
    maps[6 * 7 - 1] = 0.1;
    const peaks = await peaksOf(maps, [1, 6, 7, 1]);
    expect(peaks[0]).toBeCloseTo(0.3 / 1.2, 6);
    expect(peaks[1]).toBe(0);
    // A Gaussian in the very corner is drawn inwards: half of its patch is missing.
    const [x, y] = await recover([[0, 0]], 32, 1, 1.5);
    expect(x).toBeGreaterThan(0.6);
    expect(x).toBe(y);
  });

  it('below the threshold have no place but keep their score', async () => {
    const maps = new Float32Array(5 * 5 * 2).fill(0.1);
    maps[(2 * 5 + 2) * 2 + 1] = 0.2; // exactly the threshold: a peak
    const peaks = await peaksOf(maps, [1, 5, 5, 2], 1, Math.fround(0.2));
    expect([peaks[0], peaks[1]]).toEqual([Number.NaN, Number.NaN]);
    expect(peaks[2]).toBeCloseTo(0.1, 6);
    expect(peaks[3]).toBeCloseTo(2, 6);
  });

  it('are none when every map is below the threshold, negative, or not a number', async () => {
    for (const value of [0, 0.19, -3, Number.NaN]) {
      const peaks = await peaksOf(new Float32Array(2 * 4 * 4 * 3).fill(value), [2, 4, 4, 3]);
      expect(peaks.length).toBe(2 * 3 * 3);
      expect(
        peaks.every((number, i) => (i % 3 === 2 ? Object.is(number, Math.fround(value)) : Number.isNaN(number))),
      ).toBe(true);
    }
  });

  it('of equal height take the first row and the first column, as SLEAP does, though they may not meet', async () => {
    const maps = new Float32Array(20 * 20).fill(0.3);
    maps[3 * 20 + 15] = 0.9;
    maps[15 * 20 + 4] = 0.9;
    const peaks = await peaksOf(maps, [1, 20, 20, 1]);
    expect([Math.round(peaks[0]!), Math.round(peaks[1]!)]).toEqual([4, 3]);
    expect(peaks[2]).toBeCloseTo(0.3, 6); // what stands where they cross
  });

  it('of a batch are those of its frames and channels, one by one', async () => {
    const shape: [number, number, number, number] = [3, 6, 5, 4];
    await fc.assert(
      fc.asyncProperty(
        fc.float32Array({ minLength: 360, maxLength: 360, min: -1, max: 1, noNaN: true }),
        async values => {
          const together = await peaksOf(values, shape, 2);
          for (let b = 0; b < 3; b++)
            for (let k = 0; k < 4; k++) {
              const one = values.slice(b * 120, (b + 1) * 120).filter((_, i) => i % 4 === k);
              const alone = await peaksOf(one, [1, 6, 5, 1], 2);
              expect([...together.slice((b * 4 + k) * 3, (b * 4 + k) * 3 + 3)]).toEqual([...alone]);
            }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the kernel', () => {
  it.each(PEAK_CASES)('finds peaks as the plain way does: $name', async given => {
    const [batch, , , keypoints] = given.shape;
    await checkCase(given, work => onDirtyHeap([[batch, keypoints, 3]], work));
  });

  it('finds the centres of Gaussians to 0.02 px', expectGaussiansFound);

  it.each([4, 1, 0, Number.NaN, 5.5])('refuses a patch of %d pixels', patchSize => {
    tf.tidy(() => {
      const maps = tf.zeros<tf.Rank.R4>([1, 4, 4, 1]);
      expect(() => globalPeaks(maps, { ...INTEGRAL, patchSize })).toThrow('centre');
    });
  });

  it('refuses a threshold that is no number', () => {
    tf.tidy(() => {
      const maps = tf.zeros<tf.Rank.R4>([1, 4, 4, 1]);
      expect(() => globalPeaks(maps, { ...INTEGRAL, threshold: Number.NaN })).toThrow('NaN');
    });
  });
});
