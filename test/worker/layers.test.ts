/** Our own layers against their definitions, number by number, and their gradients against those of plain operations. */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { AtrousConv2D } from '../../gpu-worker/model/layers/atrous-conv2d.ts';
import { BatchNorm } from '../../gpu-worker/model/layers/batch-norm.ts';
import { NearestUpsampling } from '../../gpu-worker/model/layers/nearest-upsampling.ts';
import type { Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

/** A layer that is in no model cannot be disposed of as a whole. */
const forget = (layer: layers.Layer) => tf.dispose(layer.weights.map(weight => weight.read()));
const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0.3, 1.2, 'float32', seed);
const largest = (values: Iterable<number>) => Math.max(...[...values].map(Math.abs));

/** Largest difference over the largest value. */
async function difference(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  const [left, right] = [await a.data(), await b.data()];
  expect(left.length).toBe(right.length);
  return largest(left.map((value, i) => value - right[i]!)) / largest(right);
}

describe('batch normalisation', () => {
  const made = (channels: number, options = {}) => {
    const layer = new BatchNorm({ name: 'bn', ...options });
    layer.build([null, null, null, channels]);
    return layer;
  };
  const set = (layer: layers.Layer, values: number[][]) => {
    const tensors = values.map(numbers => tf.tensor1d(numbers));
    layer.setWeights(tensors);
    tf.dispose(tensors);
  };

  it('has the value and the gradients of its definition, written out in plain operations', async () => {
    const layer = made(3);
    set(layer, [
      [1.5, 0.7, -1],
      [0.1, -0.2, 0.3],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const [x, weight] = [random([2, 5, 7, 3], 1), random([2, 5, 7, 3], 2)] as [tf.Tensor4D, tf.Tensor4D];
    const [gamma, beta] = layer.getWeights() as [tf.Tensor1D, tf.Tensor1D];
    const plain = (input: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const mean = tf.mean(input, [0, 1, 2], true);
      const variance = tf.mean(tf.square(tf.sub(input, mean)), [0, 1, 2], true);
      return tf.add(tf.mul(tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-3))), scale), shift);
    };
    const wanted = tf.grads(
      (input, scale, shift) => tf.sum(tf.mul(plain(input!, scale!, shift!), weight)) as tf.Scalar,
    )([x, gamma, beta]);
    const variables = layer.trainableWeights.map(variable => variable.read() as tf.Variable);
    const got = tf.variableGrads(
      () => tf.sum(tf.mul(layer.apply(x, { training: true }) as tf.Tensor, weight)) as tf.Scalar,
      variables,
    );
    const byInput = tf.grad(input => tf.sum(tf.mul(layer.apply(input, { training: true }) as tf.Tensor, weight)))(x);
    const forward = tf.tidy(() => layer.apply(x, { training: true }) as tf.Tensor);
    const reference = tf.tidy(() => plain(x, gamma, beta));
    expect(await difference(forward, reference)).toBeLessThan(1e-5);
    expect(await difference(byInput, wanted[0]!)).toBeLessThan(1e-5);
    expect(await difference(got.grads[variables[0]!.name]!, wanted[1]!)).toBeLessThan(1e-5);
    expect(await difference(got.grads[variables[1]!.name]!, wanted[2]!)).toBeLessThan(1e-5);
    tf.dispose([x, weight, wanted, got.value, got.grads, byInput, forward, reference]);
    forget(layer);
  });

  it('follows mean and unbiased variance by a hundredth of the way, as TensorFlow does', async () => {
    const layer = made(1);
    const x = tf.tensor4d([1, 2, 3, 6], [1, 2, 2, 1]); // mean 3, variance 3.5, unbiased 14/3
    tf.dispose(tf.tidy(() => layer.apply(x, { training: true }) as tf.Tensor));
    const [, , mean, variance] = layer.getWeights();
    expect((await mean!.data())[0]).toBeCloseTo(0.03, 6);
    expect((await variance!.data())[0]).toBeCloseTo(0.99 + (0.01 * 14) / 3, 6);
    x.dispose();
    forget(layer);
  });

  it('uses the moving statistics outside training, and always when it is frozen', async () => {
    const frozen = made(2, { trainable: false });
    set(frozen, [
      [2, 1],
      [0.5, 0],
      [1, -1],
      [4, 0.25],
    ]);
    const x = random([1, 3, 3, 2], 5);
    const [still, training] = [false, true].map(mode =>
      tf.tidy(() => frozen.apply(x, { training: mode }) as tf.Tensor),
    );
    const values = await x.data();
    const wanted = values.map((value, i) =>
      i % 2 === 0 ? ((value - 1) / Math.sqrt(4.001)) * 2 + 0.5 : (value + 1) / Math.sqrt(0.251),
    );
    expect(largest((await still!.data()).map((value, i) => value - wanted[i]!))).toBeLessThan(1e-5);
    expect(await training!.data()).toEqual(await still!.data());
    tf.dispose([x, still!, training!]);
    forget(frozen);
  });
});

describe('an atrous convolution', () => {
  it.each([
    [2, 8, 6],
    [2, 7, 5],
    [4, 9, 10],
  ])(
    'of rate %i on %i x %i pixels is the plain one with zeros between its taps, gradients included',
    async (rate, height, width) => {
      const kernelInitializer = initializers.glorotUniform({ seed: 3 });
      const layer = new AtrousConv2D({ name: 'atrous', filters: 4, dilationRate: rate, kernelInitializer });
      const x = random([2, height, width, 3], 7) as tf.Tensor4D;
      const weight = random([2, height, width, 4], 8);
      tf.dispose(layer.apply(x) as tf.Tensor); // builds it
      const [kernel, bias] = layer.trainableWeights.map(variable => variable.read() as tf.Variable);
      const plain = (input: tf.Tensor, filter: tf.Tensor) => {
        const side = 2 * rate + 1;
        const taps = tf.buffer([side, 3]);
        for (let tap = 0; tap < 3; tap++) taps.set(1, tap * rate, tap);
        const spread = taps.toTensor() as tf.Tensor2D; // [side, 3]
        const rows = tf.reshape(tf.matMul(spread, tf.reshape(filter, [3, -1])), [side, 3, 12]);
        const both = tf.matMul(spread, tf.reshape(tf.transpose(rows, [1, 0, 2]), [3, -1])); // [side, side * 12]
        const wide = tf.transpose(tf.reshape(both, [side, side, 3, 4]), [1, 0, 2, 3]) as tf.Tensor4D;
        return tf.conv2d(input as tf.Tensor4D, wide, 1, 'same');
      };
      const loss = (draw: () => tf.Tensor) => () => tf.sum(tf.mul(draw(), weight)) as tf.Scalar;
      const got = tf.variableGrads(
        loss(() => layer.apply(x) as tf.Tensor),
        [kernel!],
      );
      const wanted = tf.variableGrads(
        loss(() => tf.add(plain(x, kernel!), bias!)),
        [kernel!],
      );
      expect(await difference(got.grads[kernel!.name]!, wanted.grads[kernel!.name]!)).toBeLessThan(1e-5);
      expect((await got.value.data())[0]).toBeCloseTo((await wanted.value.data())[0]!, 3);
      const [dx, wantedDx] = [
        tf.grad(input => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, weight)))(x),
        tf.grad(input => tf.sum(tf.mul(plain(input, kernel!), weight)))(x),
      ];
      expect(await difference(dx, wantedDx)).toBeLessThan(1e-5);
      tf.dispose([x, weight, got.value, got.grads, wanted.value, wanted.grads, dx, wantedDx]);
      forget(layer);
    },
  );
});

describe('nearest upsampling', () => {
  it('repeats each pixel, and gives it the sum of its copies as gradient', async () => {
    const layer = new NearestUpsampling({ name: 'nearest' });
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]);
    const up = layer.apply(x) as tf.Tensor;
    expect([...(await up.data())]).toEqual([
      1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4, 5, 5, 6, 6, 5, 5, 6, 6, 7, 7, 8, 8, 7, 7, 8, 8,
    ]);
    const weight = tf.tidy(() => tf.reshape(tf.range(0, 32), [2, 4, 4, 1]));
    const dx = tf.grad(input => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, weight)))(x);
    expect([...(await dx.data())]).toEqual(
      [0 + 1 + 4 + 5, 2 + 3 + 6 + 7, 8 + 9 + 12 + 13, 10 + 11 + 14 + 15]
        .flatMap(s => [s])
        .concat([16 + 17 + 20 + 21, 18 + 19 + 22 + 23, 24 + 25 + 28 + 29, 26 + 27 + 30 + 31]),
    );
    tf.dispose([x, up, weight, dx]);
  });

  it.each([[[2, 5, 7, 3]], [[1, 3, 4, 13]], [[3, 40, 21, 8]]] as [Shape4D][])('does so with %j', async shape => {
    const [B, H, W, C] = shape;
    const layer = new NearestUpsampling({ name: 'nearest' });
    const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
    const dy = tf.randomNormal([B, 2 * H, 2 * W, C], 0, 1, 'float32', 2);
    const [xs, dys] = [await x.data(), await dy.data()];
    const dx = new Float64Array(xs.length);
    const y = dys.map((value, i) => {
      const [c, column] = [i % C, Math.floor(i / C) % (2 * W)];
      const row = Math.floor(i / C / (2 * W));
      const from = (Math.floor(row / 2) * W + Math.floor(column / 2)) * C + c;
      dx[from]! += value;
      return xs[from]!;
    });
    const { value, grad } = onDirtyHeap([shape, dy.shape], () =>
      tf.valueAndGrad(input => layer.apply(input) as tf.Tensor)(x, dy),
    );
    expect(await relativeError(value, y)).toBe(0);
    expect(await relativeError(grad, dx)).toBeLessThan(1e-6);
    tf.dispose([x, dy, value, grad]);
  });
});
