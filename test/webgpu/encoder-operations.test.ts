/**
 * What ImageNet's encoders are made of beside dense convolutions, on WebGPU: each operation and its gradients, stock and ours, held against TensorFlow.js's
 * plain backend in JavaScript; eagerly, with poisoned memory, and recorded.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

const MOST_ERROR = 1e-5;

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;
type Four = tf.Tensor4D;

const depthwise =
  (stride: number, pad: 'same' | 'valid'): Operation =>
  (x, filter) =>
    tf.depthwiseConv2d(x as Four, filter as Four, stride, pad);
const conv =
  (stride: number, pad: 'same' | 'valid'): Operation =>
  (x, filter) =>
    tf.conv2d(x as Four, filter as Four, stride, pad);
const maxPool =
  (pad: 'same' | 'valid'): Operation =>
  x =>
    tf.maxPool(x as Four, 3, 2, pad);

/** An average over what lies in the image, made of operations whose gradients are right everywhere. */
const averageInside =
  (stride: number): Operation =>
  x => {
    const around: [number, number][] = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ];
    const sumOf = (image: tf.Tensor) => tf.mul(tf.avgPool(tf.pad(image, around) as Four, 3, stride, 'valid'), 9);
    return tf.div(sumOf(x), sumOf(tf.onesLike(x)));
  };

interface Case {
  run: Operation;
  shapes: number[][];
  /** What it is on the plain backend, where that is wrong itself. */
  plain?: Operation;
  /** Numbers lie in [-scale, scale]. */
  scale?: number;
}

const CASES: Record<string, Case> = {
  'average pooling 3x3 stride 1 same': {
    run: x => tf.avgPool(x as Four, 3, 1, 'same'),
    shapes: [[2, 9, 8, 12]],
    plain: averageInside(1),
  },
  'average pooling 3x3 stride 2 same': {
    run: x => tf.avgPool(x as Four, 3, 2, 'same'),
    shapes: [[3, 9, 11, 5]],
    plain: averageInside(2),
  },
  'average pooling 2x2 stride 2 valid': { run: x => tf.avgPool(x as Four, 2, 2, 'valid'), shapes: [[2, 9, 8, 12]] },
  'max pooling 3x3 stride 2 valid': { run: maxPool('valid'), shapes: [[2, 11, 10, 8]] },
  'max pooling 3x3 stride 2 same': { run: maxPool('same'), shapes: [[2, 10, 11, 8]] },
  sigmoid: { run: x => tf.sigmoid(x), shapes: [[2, 9, 8, 12]], scale: 20 },
  swish: { run: x => tf.mul(x, tf.sigmoid(x)), shapes: [[2, 9, 8, 12]], scale: 20 },
  'relu of at most 6': { run: x => tf.relu6(x), shapes: [[2, 9, 8, 12]], scale: 10 },
  'a gate for each channel': {
    run: (x, gate) => tf.mul(x, gate),
    shapes: [
      [3, 9, 8, 20],
      [3, 1, 1, 20],
    ],
  },
  'a mean over the pixels': { run: x => tf.mean(x, [1, 2], true), shapes: [[3, 15, 14, 20]] },
  'zeros below and on the right': {
    run: x =>
      tf.pad(x, [
        [0, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ]),
    shapes: [[2, 9, 8, 12]],
  },
  'a convolution of 1x7': {
    run: conv(1, 'same'),
    shapes: [
      [2, 9, 8, 12],
      [1, 7, 12, 16],
    ],
  },
  'a convolution of 7x1': {
    run: conv(1, 'same'),
    shapes: [
      [2, 9, 8, 12],
      [7, 1, 12, 16],
    ],
  },
};

const DEPTHWISE = [3, 5].flatMap(side =>
  [1, 2].flatMap(stride => (['same', 'valid'] as const).map(pad => [side, stride, pad] as const)),
);

/** Result and gradients on the GPU and as they should be: the largest relative error, and dispatches. */
async function compared({ run, shapes, plain = run, scale = 1 }: Case) {
  const make = () =>
    shapes.map((shape, seed) => {
      const { tensor, values } = numbers(shape, seed + 1);
      tensor.dispose();
      return tf.tensor(
        values.map(value => scale * value),
        shape,
      );
    });
  await tf.setBackend('cpu');
  const expected = tf.tidy(() => {
    const given = make();
    const outShape = plain(...given).shape;
    const { value, grads } = tf.valueAndGrads(plain)(given, numbers(outShape, 9).tensor);
    return [value, ...grads].map(each => ({ shape: each.shape, values: each.dataSync() }));
  });
  await tf.setBackend('webgpu');
  const [inputs, dy] = [make(), numbers(expected[0]!.shape, 9).tensor];
  const work = () => {
    const { value, grads } = tf.valueAndGrads(run)(inputs, dy);
    return [value, ...grads];
  };
  const eager = poisoned(
    expected.map(({ shape }) => shape),
    work,
  );
  const recording = new Recording(work);
  recording.replay();
  const errors = [];
  for (const [i, { shape, values }] of expected.entries()) {
    expect(eager[i]!.shape).toEqual(shape);
    errors.push(await relativeError(eager[i]!, values), await relativeError(recording.outputs[i]!, values));
  }
  const { dispatches } = recording;
  recording.dispose();
  tf.dispose([inputs, dy, eager]);
  return { error: Math.max(...errors), dispatches };
}

describe('on WebGPU, eagerly and recorded', () => {
  it.each(Object.entries(CASES))('%s is what it should be, with its gradients', async (_, given) => {
    expect((await compared(given)).error).toBeLessThan(MOST_ERROR);
  });
});

describe('a depthwise convolution', () => {
  it.each(DEPTHWISE)('of side %i, stride %i, %s, and both its gradients', async (side, stride, pad) => {
    const run = depthwise(stride, pad);
    const shapes = [
      [2, 11, 10, 8],
      [side, side, 8, 1],
    ];
    const { error, dispatches } = await compared({ run, shapes });
    expect(error).toBeLessThan(MOST_ERROR);
    // One for y, one for dx, two for dw: no filter of all channels is made on the way.
    expect(dispatches).toBe(4);
  });
});
