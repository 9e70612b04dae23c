/** Bilinear upsampling with half-pixel centres against its definition, and its gradient against the transpose of that. */
import type * as tf from '@tensorflow/tfjs-core';
import { dispose, valueAndGrad } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { upsampleHalfPixel } from '../../gpu-worker/model/layers/half-pixel-upsampling.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

/** The pixels that output `at` of an axis is made of, and their shares. */
function sources(at: number, factor: number, length: number): [number, number][] {
  const centre = (at + 0.5) / factor - 0.5;
  const left = Math.floor(centre);
  const inside = (i: number) => Math.max(0, Math.min(length - 1, i));
  return [
    [inside(left), 1 - (centre - left)],
    [inside(left + 1), centre - left],
  ];
}

it.each([
  [[2, 5, 7, 3], 2],
  [[1, 1, 1, 4], 2],
  [[5, 3, 1, 8], 2],
  [[1, 2, 3, 513], 2],
  [[1, 3, 4, 4], 4],
  [[2, 1, 2, 1], 8],
] as const)('of %s by %i', async (given, factor) => {
  const [B, H, W, C] = given;
  const outShape = [B, factor * H, factor * W, C];
  const [x, dy] = [numbers([...given], 1), numbers(outShape, 2)];
  const [expected, expectedDx] = [new Float64Array(dy.values.length), new Float64Array(x.values.length)];
  for (const [i, value] of dy.values.entries()) {
    const [c, column, row] = [i % C, Math.floor(i / C) % (factor * W), Math.floor(i / C / factor / W) % (factor * H)];
    const b = Math.floor(i / C / factor / W / factor / H);
    for (const [h, rowShare] of sources(row, factor, H))
      for (const [w, columnShare] of sources(column, factor, W)) {
        const from = ((b * H + h) * W + w) * C + c;
        expected[i]! += rowShare * columnShare * x.values[from]!;
        expectedDx[from]! += rowShare * columnShare * value;
      }
  }
  const { value, grad } = poisoned([[...given], outShape], () =>
    valueAndGrad(image => upsampleHalfPixel(image as tf.Tensor4D, factor) as tf.Tensor)(x.tensor, dy.tensor),
  );
  expect(await relativeError(value, expected)).toBeLessThan(1e-6);
  expect(await relativeError(grad, expectedDx)).toBeLessThan(1e-6);
  dispose([x.tensor, dy.tensor, value, grad]);
});
