/**
 * Convolutions of groups of channels on WebGPU and both their gradients, against direct loops in 64 bits. What a kernel leaves unwritten shows as NaN.
 * That these loops are a convolution and its gradients is held by numeric differentiation on the CPU (test/worker/grouped-conv2d.test.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { withHalfProducts } from '../../gpu-worker/kernels/webgpu/precision.ts';
import { type GroupedConv2DOptions, groupedConv2d } from '../../gpu-worker/model/grouped-conv2d.ts';
import {
  convShapes,
  eachGroupedProduct,
  GROUPED_CASES,
  type GroupedCase,
  nameOfConv,
  type Shape4D,
} from '../support/convolution.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

const CASES: GroupedCase[] = [
  ...GROUPED_CASES,
  { batch: 2, size: [6, 5], kernel: [3, 3], stride: [1, 1], pad: 'valid', channels: [8, 6], groups: 2 },
  { batch: 2, size: [5, 6], kernel: [3, 3], stride: [2, 2], pad: 'valid', channels: [6, 8], groups: 2 },
  { batch: 2, size: [20, 17], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [128, 128], groups: 32 },
  { batch: 1, size: [20, 20], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [256, 256], groups: 32 },
  { batch: 1, size: [5, 5], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [128, 128], groups: 4 },
  { batch: 1, size: [8, 9], kernel: [5, 5], stride: [1, 1], pad: 'same', channels: [80, 80], groups: 20 },
  { batch: 1, size: [70, 70], kernel: [3, 3], stride: [1, 1], pad: 'valid', channels: [8, 8], groups: 2 },
];

const named = (cases: GroupedCase[]) => cases.map(given => [nameOfConv(given), given.groups, given] as const);

const convolve =
  (options: GroupedConv2DOptions) =>
  (...[x, filter]: tf.Tensor[]): tf.Tensor =>
    groupedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, options);

/** Random numbers of a case, and its result and gradients. */
function made(given: GroupedCase) {
  const shape = convShapes(given);
  const filterShape: Shape4D = [...given.kernel, given.channels[0] / given.groups, given.channels[1]];
  const [x, filter, dy] = [numbers(shape.x, 1), numbers(filterShape, 2), numbers(shape.y, 3)];
  const [y, dx, dw] = [dy, x, filter].map(({ values }) => new Float64Array(values.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  eachGroupedProduct(given, (xi, wi, yi) => {
    y[yi]! += x.values[xi]! * filter.values[wi]!;
    dx[xi]! += filter.values[wi]! * dy.values[yi]!;
    dw[wi]! += x.values[xi]! * dy.values[yi]!;
  });
  return {
    ...{ x: x.tensor, filter: filter.tensor, dy: dy.tensor, expected: { y, dx, dw } },
    shapes: [shape.x, shape.y, filterShape],
    options: { strides: given.stride, pad: given.pad, groups: given.groups },
  };
}

describe('a grouped convolution on WebGPU', () => {
  it.each(named(CASES))('%s in %i groups, with both gradients', async (_, _groups, given) => {
    const { x, filter, dy, expected, shapes, options } = made(given);
    const { value, grads } = poisoned(shapes, () => tf.valueAndGrads(convolve(options))([x, filter], dy));
    expect(value.shape).toEqual(shapes[1]);
    expect(await relativeError(value, expected.y), 'y').toBeLessThan(3e-6);
    expect(await relativeError(grads[0]!, expected.dx), 'dx').toBeLessThan(3e-6);
    expect(await relativeError(grads[1]!, expected.dw), 'dw').toBeLessThan(3e-6);
    tf.dispose([x, filter, dy, value, grads]);
  });

  it.each([
    [1, 3],
    [2, 4],
  ])('pads as it is told, stride %i, %i channels to a group', async (stride, own) => {
    const [above, left] = [1, 0];
    const [size, paddedSize] = [
      [11, 10],
      [13, 12],
    ] as [[number, number], [number, number]];
    const channels: [number, number] = [2 * own, 2 * own];
    const shape = [2, ...size, channels[0]];
    const padded: GroupedCase = {
      ...{ batch: 2, size: paddedSize, kernel: [3, 3], stride: [stride, stride], pad: 'valid', channels, groups: 2 },
    };
    const { x: paddedShape, y: yShape } = convShapes(padded);
    const [x, filter, dy] = [numbers(shape, 1), numbers([3, 3, own, channels[1]], 2), numbers(yShape, 3)];
    /** Of a number of the padded image within the image, or -1 where it is padding. */
    const within = Int32Array.from({ length: tf.util.sizeFromShape(paddedShape) }, (_, at) => {
      const [b, h, w, c] = tf.util.indexToLoc(at, 4, tf.util.computeStrides(paddedShape).concat(1)) as Shape4D;
      const [row, column] = [h - above, w - left];
      if (row < 0 || row >= size[0] || column < 0 || column >= size[1]) return -1;
      return ((b * size[0] + row) * size[1] + column) * channels[0] + c;
    });
    const [y, dx, dw] = [dy, x, filter].map(({ values }) => new Float64Array(values.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    eachGroupedProduct(padded, (paddedAt, wi, yi) => {
      const xi = within[paddedAt]!;
      if (xi < 0) return;
      y[yi]! += x.values[xi]! * filter.values[wi]!;
      dx[xi]! += filter.values[wi]! * dy.values[yi]!;
      dw[wi]! += x.values[xi]! * dy.values[yi]!;
    });
    const pad = [
      [0, 0],
      [above, 1],
      [left, 2],
      [0, 0],
    ] as unknown as tf.backend_util.ExplicitPadding;
    const { value, grads } = poisoned([shape, yShape, filter.tensor.shape], () =>
      tf.valueAndGrads(convolve({ strides: stride, pad, groups: 2 }))([x.tensor, filter.tensor], dy.tensor),
    );
    expect(value.shape).toEqual(yShape);
    expect(await relativeError(value, y), 'y').toBeLessThan(3e-6);
    expect(await relativeError(grads[0]!, dx), 'dx').toBeLessThan(3e-6);
    expect(await relativeError(grads[1]!, dw), 'dw').toBeLessThan(3e-6);
    tf.dispose([x.tensor, filter.tensor, dy.tensor, value, grads]);
  });

  it('takes no more than one dispatch for all groups, two for its filter gradient, recorded, and the same numbers each time', async () => {
    const { x, filter, dy, expected, options } = made(CASES[7]!);
    const work = () => {
      const { value, grads } = tf.valueAndGrads(convolve(options))([x, filter], dy);
      return [value, ...grads];
    };
    const recording = new Recording(work);
    expect(recording.dispatches).toBe(4);
    recording.replay();
    const first = await Promise.all(recording.outputs.map(output => output.data()));
    for (const [i, numbersOf] of [expected.y, expected.dx, expected.dw].entries())
      expect(await relativeError(recording.outputs[i]!, numbersOf)).toBeLessThan(3e-6);
    recording.replay();
    expect(await Promise.all(recording.outputs.map(output => output.data()))).toEqual(first);
    recording.dispose();
    tf.dispose([x, filter, dy]);
  });

  it('multiplies in float32 in mixed precision too', async () => {
    const { x, filter, dy, expected, options } = made(CASES[1]!);
    const { value, grads } = withHalfProducts(() => tf.valueAndGrads(convolve(options))([x, filter], dy));
    expect(await relativeError(value, expected.y)).toBeLessThan(3e-6);
    expect(await relativeError(grads[1]!, expected.dw)).toBeLessThan(3e-6);
    tf.dispose([x, filter, dy, value, grads]);
  });

  it('refuses channels that do not come in so many groups, and a filter that does not fit into workgroup memory', () => {
    const [x, filter] = [tf.zeros<tf.Rank.R4>([1, 3, 3, 6]), tf.zeros<tf.Rank.R4>([1, 1, 3, 4])];
    const [wide, long] = [tf.zeros<tf.Rank.R4>([1, 1, 40, 2]), tf.zeros<tf.Rank.R4>([1, 17, 1, 2])];
    expect(() => groupedConv2d(x, filter, { strides: 1, pad: 'same', groups: 3 })).toThrow('3 groups of 6 channels');
    expect(() => groupedConv2d(wide, long, { strides: 1, pad: 'same', groups: 2 })).toThrow('at most 16 columns');
    tf.dispose([x, filter, wide, long]);
  });
});
