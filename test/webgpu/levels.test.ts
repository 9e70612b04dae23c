/** 8-bit levels on the device: every value, every place within a word, and what preprocessing makes of them beside the CPU. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { packLevels, unpackLevels } from '../../gpu-worker/kernels/webgpu/levels.ts';
import { openGpu, poisoned } from '../support/gpu.ts';

beforeAll(openGpu);

describe('levels', () => {
  it.each([256, 257, 258, 259, 3, 4 * 64 * 3])('become 0 to 1, when there are %d', async count => {
    const levels = Uint8Array.from({ length: count }, (_, i) => 255 - i);
    const unit = poisoned([[1, count, 1, 1]], () =>
      unpackLevels(tf.tensor1d(packLevels(levels), 'int32'), [1, count, 1, 1]),
    );
    const seen = await unit.data();
    unit.dispose();
    levels.forEach((level, i) => {
      // A shader may divide by a product with the reciprocal: an ulp away.
      expect(Math.abs(seen[i]! - level / 255)).toBeLessThanOrEqual(2 ** -23);
    });
    expect(seen[0]).toBe(1);
  });

  it('take more than one row of workgroups', async () => {
    const count = 4 * 64 * 65_536 + 1;
    const levels = new Uint8Array(count).fill(51, count - 5);
    const unit = tf.tidy(() => unpackLevels(tf.tensor1d(packLevels(levels), 'int32'), [1, count, 1, 1]));
    const end = tf.tidy(() => tf.slice(tf.reshape(unit, [count]), count - 8));
    const seen = await end.data();
    tf.dispose([unit, end]);
    expect([...seen].map(x => Math.round(255 * x))).toEqual([0, 0, 0, 51, 51, 51, 51, 51]);
  });
});
