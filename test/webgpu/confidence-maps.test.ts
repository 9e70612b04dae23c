/** Confidence maps drawn on the device: those that the host draws (data/targets.ts). */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { drawConfidenceMaps } from '../../gpu-worker/data/targets.ts';
import { confidenceMaps } from '../../gpu-worker/kernels/webgpu/confidence-maps.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([
  { batch: 1, keypoints: 1, rows: 7, columns: 5, stride: 1, sigma: 1.5 },
  { batch: 5, keypoints: 13, rows: 12, columns: 17, stride: 4, sigma: 2.5 },
])('are those of the host: %o', async ({ batch, keypoints, ...geometry }) => {
  const { rows, columns, stride, sigma } = geometry;
  const points = Float32Array.from({ length: batch * keypoints * 2 }, (_, i) => {
    const along = i % 2 === 0 ? columns * stride : rows * stride;
    return ((Math.sin(12.9898 * i + 1) + 1) / 2) * 1.2 * along - 0.1 * along;
  });
  if (keypoints > 2) {
    points.fill(Number.NaN, 2, 4);
    points[5] = Number.NaN; // only its y is unknown
  }
  const each = rows * columns * keypoints;
  const expected = new Float32Array(batch * each);
  for (let b = 0; b < batch; b++) {
    const own = points.subarray(2 * b * keypoints, 2 * (b + 1) * keypoints);
    const target = { heightPx: rows * stride, widthPx: columns * stride, stride, sigma };
    drawConfidenceMaps(own, target, expected.subarray(b * each, (b + 1) * each));
  }
  const tensor = tf.tensor3d(points, [batch, keypoints, 2]);
  const maps = poisoned([[batch, rows, columns, keypoints]], () => confidenceMaps(tensor, geometry));
  const drawn = await maps.data();
  expect(drawn.length).toBe(expected.length);
  expect(Math.max(...drawn.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
  tf.dispose([tensor, maps]);
});
