/** Operations of pretrained encoders that have no test of their own: on wasm, values and gradients are those of TensorFlow.js's cpu backend. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import type { Pad, Shape4D } from '../support/convolution.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

type Operation = (...inputs: tf.Tensor4D[]) => tf.Tensor4D;

const IMAGES: Shape4D = [2, 17, 22, 6];
const pad = ([top, bottom]: [number, number], [left, right]: [number, number]): [number, number][] => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];
const conv =
  (stride: number, padding: Pad): Operation =>
  (x, filter) =>
    tf.conv2d(x!, filter!, stride, padding);
const maxPool =
  (padding: Pad): Operation =>
  x =>
    tf.maxPool(x!, 3, 2, padding);
const depthwise =
  (stride: number, padding: Pad): Operation =>
  (x, filter) =>
    tf.depthwiseConv2d(x!, filter!, stride, padding);

const CASES: [name: string, run: Operation, inputs: Shape4D[]][] = [
  ['a sigmoid', x => tf.sigmoid(x!), [IMAGES]],
  ['a branch added with a factor', (x, y) => tf.add(x!, tf.mul(y!, 0.17)), [IMAGES, IMAGES]],
  ['images that are kept or dropped', x => tf.mul(x!, tf.tensor4d([0, 1.25], [2, 1, 1, 1])), [IMAGES]],
  ['max pooling 3x3 every 2, valid', maxPool('valid'), [IMAGES]],
  ['max pooling 3x3 every 2, same', maxPool('same'), [IMAGES]],
  ['zeros all around', x => tf.pad(x!, pad([3, 3], [3, 3])), [IMAGES]],
  ['zeros below and at the right', x => tf.pad(x!, pad([0, 1], [0, 1])), [IMAGES]],
  ['zeros of another count on each side', x => tf.pad(x!, pad([0, 3], [2, 1])), [[3, 41, 67, 5]]],
  ['zeros, then max pooling', x => tf.maxPool(tf.pad(x!, pad([1, 1], [1, 1])), 3, 2, 'valid'), [IMAGES]],
  [
    'zeros, then a convolution 3x3 every 2',
    (x, filter) => tf.conv2d(tf.pad(x!, pad([1, 1], [1, 1])), filter!, 2, 'valid'),
    [IMAGES, [3, 3, 6, 10]],
  ],
  [
    'zeros, then a convolution 7x7 every 2',
    (x, filter) => tf.conv2d(tf.pad(x!, pad([3, 3], [3, 3])), filter!, 2, 'valid'),
    [
      [2, 24, 26, 3],
      [7, 7, 3, 16],
    ],
  ],
  ['a convolution 1x1 every 2', conv(2, 'same'), [IMAGES, [1, 1, 6, 9]]],
  ['a convolution 1x7', conv(1, 'same'), [IMAGES, [1, 7, 6, 10]]],
  ['a convolution 7x1', conv(1, 'same'), [IMAGES, [7, 1, 6, 10]]],
  ['a convolution 1x3', conv(1, 'same'), [IMAGES, [1, 3, 6, 10]]],
  ['a convolution 3x1', conv(1, 'same'), [IMAGES, [3, 1, 6, 10]]],
  ['a convolution 5x5', conv(1, 'same'), [IMAGES, [5, 5, 6, 10]]],
  ['a convolution 5x5 every 2', conv(2, 'same'), [IMAGES, [5, 5, 6, 10]]],
  [
    'a convolution of one pixel',
    conv(1, 'same'),
    [
      [2, 1, 1, 24],
      [1, 1, 24, 7],
    ],
  ],
  ['a depthwise convolution 3x3 every 2, same', depthwise(2, 'same'), [IMAGES, [3, 3, 6, 1]]],
  ['a depthwise convolution 3x3 every 2, valid', depthwise(2, 'valid'), [IMAGES, [3, 3, 6, 1]]],
  ['a depthwise convolution 5x5', depthwise(1, 'same'), [IMAGES, [5, 5, 6, 1]]],
  ['a depthwise convolution 5x5 every 2', depthwise(2, 'same'), [IMAGES, [5, 5, 6, 1]]],
  ['channels that are joined', (x, y) => tf.concat([x!, y!], 3), [IMAGES, [2, 17, 22, 3]]],
];

beforeAll(async () => {
  tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

describe('on wasm as on the cpu backend', () => {
  it.each(CASES)('%s', async (_, run, shapes) => {
    const on = async (backend: string) => {
      await tf.setBackend(backend);
      const inputs = shapes.map((shape, seed) => numbers(shape, seed + 1).tensor);
      const operation = (...given: tf.Tensor[]) => run(...(given as tf.Tensor4D[]));
      const outShape = tf.tidy(() => operation(...inputs).shape);
      const dy = numbers(outShape, 9).tensor;
      const { value, grads } = tf.valueAndGrads(operation)(inputs, dy as tf.Tensor4D);
      return { results: [value, ...grads], all: [inputs, dy, value, grads] };
    };
    const cpu = await on('cpu');
    const expected = await Promise.all(cpu.results.map(each => each.data()));
    tf.dispose(cpu.all);
    const wasm = await on('wasm');
    for (const [i, each] of wasm.results.entries()) expect(await relativeError(each, expected[i]!)).toBeLessThan(3e-6);
    tf.dispose(wasm.all);
  });
});
