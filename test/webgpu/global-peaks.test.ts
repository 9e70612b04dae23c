/** Peaks of confidence maps found on the device, beside the plain way and to the centres of Gaussians; in recorded work too. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DeviceInput, Recording } from '../../gpu-worker/device/recording.ts';
import { globalPeaks } from '../../gpu-worker/kernels/global-peaks.ts';
import { findGlobalPeaks } from '../../src/contract/global-peaks.ts';
import type { Shape4D } from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { checkCase, expectPeaks, INTEGRAL, PEAK_CASES } from '../support/peak-cases.ts';
import { expectGaussiansFound } from '../support/peak-gaussians.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

describe('peaks', () => {
  it.each(PEAK_CASES)('$name', async given => {
    const [batch, , , keypoints] = given.shape;
    await checkCase(given, work =>
      poisoned(
        [
          [batch, keypoints, 3],
          [batch, 1, 3, keypoints],
        ],
        work,
      ),
    );
  });

  it('of Gaussians are their centres, to 0.02 px', expectGaussiansFound);
});

describe('recorded peaks', () => {
  it('are those of whatever the maps hold at a replay', async () => {
    const shape: Shape4D = [2, 40, 50, 3];
    const input = new DeviceInput<tf.Rank.R4>(shape, 'float32');
    // As a network's last layer: maps that the recording itself makes.
    const recording = new Recording(() => [globalPeaks(tf.add(input.tensor, 0.25), INTEGRAL)]);
    for (const seed of [1, 2, 3]) {
      const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => {
        // The third map begins with NaN and has one peak, which stays below the threshold in the second round.
        if (i % 3 === 2) return i === 2 ? Number.NaN : i !== 300 * seed + 2 ? -0.25 : seed === 2 ? -0.15 : 0.5;
        return (((i + 1) * 7919 * seed) % 4093) / 4096;
      });
      input.write(values);
      recording.replay();
      const expected = findGlobalPeaks(
        values.map(value => Math.fround(value + 0.25)),
        shape,
        INTEGRAL,
      );
      expectPeaks(await recording.outputs[0]!.data<'float32'>(), expected);
      expect(Number.isNaN(expected[6])).toBe(seed === 2);
    }
    recording.dispose();
    input.dispose();
  });
});
