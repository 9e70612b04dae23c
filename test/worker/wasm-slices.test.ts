/** Our slices and splits on wasm. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
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

  it.each([
    ['float32', 3, [1, 3, 17]],
    ['float32', 3, [8, 13]],
    ['float32', 3, [5]],
    ['float32', 3, [300, 40]],
    ['float32', 2, [1, 4]],
    ['float32', 0, [2, 1, 3]],
    ['int32', 3, [5, 0, 16]],
    ['bool', 3, [2, 5]],
  ] as const)('join and cut %s along axis %i in lengths of %j', async (dtype, axis, lengths) => {
    const shapes = lengths.map(length => [3, 29, 7, 6].with(axis, length));
    const parts = shapes.map((shape, i) => tf.tidy(() => tf.cast(tf.randomUniform(shape, -9, 9, 'float32', i), dtype)));
    const values = await Promise.all(parts.map(async part => [...(await part.data())]));
    const expected: number[] = [];
    const rows = shapes[0]!.slice(0, axis).reduce((product, length) => product * length, 1);
    for (let row = 0; row < rows; row++)
      for (const each of values)
        expected.push(...each.slice((row * each.length) / rows, ((row + 1) * each.length) / rows));
    const whole = onDirtyHeap([[expected.length]], () => tf.concat(parts, axis));
    expect([whole.dtype, [...(await whole.data())]]).toEqual([dtype, expected]);
    const cut = onDirtyHeap(shapes, () => tf.split(whole, [...lengths], axis));
    expect(cut.map(({ shape }) => shape)).toEqual(shapes);
    expect(await Promise.all(cut.map(async part => [...(await part.data())]))).toEqual(values);
    tf.dispose([parts, whole, cut]);
  });
});
