/**
 * Gaussians with known centres between the pixels, found by the integral refinement on the active backend.
 *
 * A centre of mass over pixels is exact but for what the patch cuts off: a Gaussian of spread s that is d from the rough peak, |d| <= 1/2, loses the tail beyond reach + 1/2 - |d|
 * on one side. With a reach of 3 s or more that is under 0.01 px; SLEAP's default, 5 x 5 with s = 1.5 and more, is off by 0.2 px and more (test/worker/peaks.test.ts). And s must not be
 * under 0.7, where samples a pixel apart no longer show where the centre is.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { globalPeaks } from '../../gpu-worker/kernels/global-peaks.ts';

const SIDE = 32;
const TENTHS = Array.from({ length: 11 }, (_, i) => i / 10);

export async function expectGaussiansFound(): Promise<void> {
  for (const [spread, patchSize] of [
    [0.75, 5],
    [1, 7],
    [1.5, 11],
    [2.5, 17],
  ] as const) {
    const centres = TENTHS.flatMap(dx => TENTHS.map(dy => [15 + dx, 14 + dy] as const));
    const values = Float32Array.from({ length: SIDE * SIDE * centres.length }, (_, i) => {
      const [x, y] = centres[i % centres.length]!;
      const pixel = Math.floor(i / centres.length);
      const squared = ((pixel % SIDE) - x) ** 2 + (Math.floor(pixel / SIDE) - y) ** 2;
      return Math.exp(-squared / (2 * spread * spread));
    });
    const peaks = tf.tidy(() => {
      const maps = tf.tensor4d(values, [1, SIDE, SIDE, centres.length]);
      return globalPeaks(maps, { threshold: 0.2, refinement: 'integral', patchSize });
    });
    const seen = await peaks.data();
    peaks.dispose();
    for (const [k, [x, y]] of centres.entries()) {
      expect(Math.abs(seen[3 * k]! - x)).toBeLessThan(0.02);
      expect(Math.abs(seen[3 * k + 1]! - y)).toBeLessThan(0.02);
    }
  }
}
