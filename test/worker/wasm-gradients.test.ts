/** Our wasm kernels against direct loops in 64 bits, written from the definition of a convolution; and a whole U-Net against the cpu backend. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, namedWeights } from '../../gpu-worker/model/network.ts';
import { backbone } from '../support/backbone.ts';
import { type ConvCase, convShapes, eachProduct, nameOfConv, type Pad } from '../support/convolution.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const CASES: ConvCase[] = [];
for (const kernel of [
  [1, 1],
  [3, 3],
  [7, 7],
  [3, 5],
] as [number, number][])
  for (const stride of [
    [1, 1],
    [2, 2],
    [2, 1],
  ] as [number, number][])
    for (const pad of ['same', 'valid'] as Pad[])
      for (const [batch, size] of [
        [1, [9, 7]],
        [5, [8, 11]],
      ] as [number, [number, number]][])
        CASES.push({ batch, size, kernel, stride, pad, channels: [3, 5] });

describe('the gradients of a convolution on wasm', () => {
  it.each(CASES.map(given => [nameOfConv(given), given] as const))('%s', async (_, given) => {
    const shape = convShapes(given);
    const x = tf.randomNormal(shape.x, 0, 1, 'float32', 1) as tf.Tensor4D;
    const filter = tf.randomNormal(shape.filter, 0, 1, 'float32', 2) as tf.Tensor4D;
    const dy = tf.randomNormal(shape.y, 0, 1, 'float32', 3) as tf.Tensor4D;
    const [xs, ws, dys] = [await x.data(), await filter.data(), await dy.data()];
    const dx = new Float64Array(x.size);
    const dw = new Float64Array(filter.size);
    eachProduct(given, (xi, wi, yi) => {
      dx[xi]! += ws[wi]! * dys[yi]!;
      dw[wi]! += xs[xi]! * dys[yi]!;
    });
    const conv = (image: tf.Tensor, kernel: tf.Tensor) =>
      tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, given.stride, given.pad);
    const [gotX, gotW] = tf.grads(conv)([x, filter], dy);
    expect(await relativeError(gotX!, dx)).toBeLessThan(2e-6);
    expect(await relativeError(gotW!, dw)).toBeLessThan(2e-6);
    tf.dispose([x, filter, dy, gotX!, gotW!]);
  });

  it('sum a batch of eight, as a default training has', async () => {
    const given: ConvCase = {
      batch: 8,
      size: [40, 36],
      kernel: [3, 3],
      stride: [1, 1],
      pad: 'same',
      channels: [16, 8],
    };
    const shape = convShapes(given);
    const x = tf.randomNormal(shape.x, 0, 1, 'float32', 1) as tf.Tensor4D;
    const dy = tf.randomNormal(shape.y, 0, 1, 'float32', 3) as tf.Tensor4D;
    const [xs, dys] = [await x.data(), await dy.data()];
    const dw = new Float64Array(3 * 3 * 16 * 8);
    eachProduct(given, (xi, wi, yi) => {
      dw[wi]! += xs[xi]! * dys[yi]!;
    });
    const filter = tf.zeros(shape.filter) as tf.Tensor4D;
    const gotW = tf.grad(kernel => tf.conv2d(x, kernel as tf.Tensor4D, 1, 'same'))(filter, dy);
    expect(await relativeError(gotW, dw)).toBeLessThan(5e-6);
    tf.dispose([x, dy, filter, gotW]);
  });
});

describe('a transposed convolution on wasm', () => {
  const given: ConvCase = { batch: 3, size: [10, 14], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [4, 6] };

  it('doubles the size as the transpose of a convolution, with both gradients', async () => {
    const shape = convShapes(given);
    const small = tf.randomNormal(shape.y, 0, 1, 'float32', 1) as tf.Tensor4D;
    const filter = tf.randomNormal(shape.filter, 0, 1, 'float32', 2) as tf.Tensor4D;
    const dLarge = tf.randomNormal(shape.x, 0, 1, 'float32', 3) as tf.Tensor4D;
    const [ss, ws, ds] = [await small.data(), await filter.data(), await dLarge.data()];
    const large = new Float64Array(dLarge.size);
    const dSmall = new Float64Array(small.size);
    const dw = new Float64Array(filter.size);
    eachProduct(given, (xi, wi, yi) => {
      large[xi]! += ws[wi]! * ss[yi]!;
      dSmall[yi]! += ws[wi]! * ds[xi]!;
      dw[wi]! += ss[yi]! * ds[xi]!;
    });
    const up = (image: tf.Tensor, kernel: tf.Tensor) =>
      tf.conv2dTranspose(image as tf.Tensor4D, kernel as tf.Tensor4D, shape.x, 2, 'same');
    const got = up(small, filter);
    const [gotSmall, gotW] = tf.grads(up)([small, filter], dLarge);
    expect(await relativeError(got, large)).toBeLessThan(2e-6);
    expect(await relativeError(gotSmall!, dSmall)).toBeLessThan(2e-6);
    expect(await relativeError(gotW!, dw)).toBeLessThan(2e-6);
    tf.dispose([small, filter, dLarge, got, gotSmall!, gotW!]);
  });
});

describe('the gradient of a whole U-Net on wasm', () => {
  it.each([
    ['transposed convolutions', false],
    ['bilinear upsampling', true],
  ])('is that of the cpu backend, with %s', async (_, up_interpolate) => {
    // Everything is made anew on each backend, from the same seeds.
    const gradients = async (backend: string) => {
      await tf.setBackend(backend);
      const network = buildNetwork({
        backbone: backbone('unet', { filters: 4, filters_rate: 1.5, max_stride: 4, up_interpolate }),
        headsOutputStride: 1,
        inputShape: [16, 12, 2],
        keypoints: 3,
        seed: 11,
      });
      const x = tf.randomUniform([3, 16, 12, 2], 0, 1, 'float32', 1);
      const y = tf.randomUniform([3, 16, 12, 3], 0, 1, 'float32', 2);
      const named = namedWeights(network);
      const loss = () =>
        tf.mean(tf.squaredDifference(network.apply(x, { training: true }) as tf.Tensor, y)) as tf.Scalar;
      const { value, grads } = tf.variableGrads(
        loss,
        named.map(({ tensor }) => tensor),
      );
      const numbers = new Map<string, Float32Array>();
      for (const { name, tensor } of named) numbers.set(name, await grads[tensor.name]!.data<'float32'>());
      network.dispose();
      tf.dispose([x, y, value, ...Object.values(grads)]);
      return numbers;
    };
    const onCpu = await gradients('cpu');
    const onWasm = await gradients('wasm');
    expect(onWasm.size).toBe(up_interpolate ? 22 : 26);
    for (const [name, expected] of onCpu) {
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest, name).toBeGreaterThan(0);
      const worst = onWasm.get(name)!.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect(worst / largest, name).toBeLessThan(2e-5);
    }
  });
});
