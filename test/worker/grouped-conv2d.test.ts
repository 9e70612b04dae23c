/** Convolutions of groups of channels and both their gradients, against direct loops in 64 bits and numeric differentiation. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { groupedConv2d } from '../../gpu-worker/model/grouped-conv2d.ts';
import { gradientErrors } from '../support/central-differences.ts';
import {
  convShapes,
  eachGroupedProduct,
  GROUPED_CASES,
  type GroupedCase,
  nameOfConv,
  type Shape4D,
} from '../support/convolution.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

const CASES: GroupedCase[] = [
  ...GROUPED_CASES,
  { batch: 2, size: [30, 33], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [32, 32], groups: 8 },
];

describe('a grouped convolution on the CPU', () => {
  it.each(CASES.map(given => [nameOfConv(given), given.groups, given] as const))(
    '%s in %i groups, with both gradients',
    async (_, groups, given) => {
      const shape = convShapes(given);
      const filterShape: Shape4D = [...given.kernel, given.channels[0] / groups, given.channels[1]];
      const [x, filter, dy] = [shape.x, filterShape, shape.y].map((each, seed) =>
        tf.randomNormal(each, 0, 1, 'float32', seed + 1),
      ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const [xs, ws, dys] = [await x.data(), await filter.data(), await dy.data()];
      const [y, dx, dw] = [dy, x, filter].map(({ size }) => new Float64Array(size)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      eachGroupedProduct(given, (xi, wi, yi) => {
        y[yi]! += xs[xi]! * ws[wi]!;
        dx[xi]! += ws[wi]! * dys[yi]!;
        dw[wi]! += xs[xi]! * dys[yi]!;
      });
      // What a kernel leaves unwritten shows.
      tf.dispose([shape.x, shape.y, filterShape].map(each => tf.fill(each, Number.NaN)));
      const options = { strides: given.stride, pad: given.pad, groups };
      const run = (image: tf.Tensor, kernel: tf.Tensor) =>
        groupedConv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, options);
      const { value, grads } = tf.valueAndGrads(run)([x, filter], dy);
      expect(value.shape).toEqual(shape.y);
      expect(await relativeError(value, y), 'y').toBeLessThan(3e-6);
      expect(await relativeError(grads[0]!, dx), 'dx').toBeLessThan(3e-6);
      expect(await relativeError(grads[1]!, dw), 'dw').toBeLessThan(3e-6);
      tf.dispose([x, filter, dy, value, grads]);
    },
  );

  it.each([
    [1, 'same'],
    [2, 'same'],
    [2, 'valid'],
  ] as const)('has the gradients of numeric differentiation, stride %i, %s', async (strides, pad) => {
    const run = (...[x, filter]: tf.Tensor[]) =>
      groupedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { strides, pad, groups: 2 });
    const shapes = [
      [2, 5, 4, 6],
      [3, 3, 3, 8],
    ];
    for (const error of await gradientErrors(run, shapes)) expect(error).toBeLessThan(1e-5);
  });

  it('refuses channels that do not come in so many groups', () => {
    const [x, filter] = [tf.zeros<tf.Rank.R4>([1, 3, 3, 6]), tf.zeros<tf.Rank.R4>([1, 1, 3, 4])];
    expect(() => groupedConv2d(x, filter, { strides: 1, pad: 'same', groups: 3 })).toThrow('3 groups of 6 channels');
    tf.dispose([x, filter]);
  });
});
