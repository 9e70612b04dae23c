/** Our slices and splits on wasm. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

describe('slices and splits on wasm', () => {
  const blocks = fc
    .array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })
    .chain(shape =>
      fc.tuple(
        fc.constant(shape),
        ...shape.map(length => fc.tuple(fc.nat(length - 1), fc.integer({ min: 0, max: length }))),
      ),
    );

  it('are the block that was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async ([shape, ...parts]) => {
        const begin = parts.map(([start]) => start);
        const size = parts.map(([start, length], d) => Math.min(length, shape[d]! - start));
        const count = shape.reduce((product, length) => product * length, 1);
        const x = tf.tensor(
          Float32Array.from({ length: count }, (_, i) => i),
          shape,
        );
        const got = tf.slice(x, begin, size);
        let expected = [0];
        shape.forEach((length, d) => {
          expected = expected.flatMap(at => Array.from({ length: size[d]! }, (_, i) => at * length + begin[d]! + i));
        });
        expect(got.shape).toEqual(size);
        expect([...(await got.data())]).toEqual(expected);
        tf.dispose([x, got]);
      }),
    );
  });

  it('cut long runs as well as short ones, along every axis', async () => {
    const x = tf.randomNormal([3, 5, 40, 6], 0, 1, 'float32', 1);
    for (const [dim, sizes] of [
      [0, [1, 2]],
      [1, [2, 3]],
      [2, [39, 1]],
      [3, [4, 2]],
    ] as [number, number[]][]) {
      const parts = tf.split(x, sizes, dim);
      const joined = tf.concat(parts, dim);
      expect(parts.map(part => part.shape[dim])).toEqual(sizes);
      expect(await joined.data()).toEqual(await x.data());
      tf.dispose([...parts, joined]);
    }
    x.dispose();
  });
});
