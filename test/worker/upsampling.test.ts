/** Bilinear upsampling with half-pixel centres, on every backend that runs here. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { HalfPixelUpsampling, upsampleHalfPixel } from '../../gpu-worker/model/layers/half-pixel-upsampling.ts';
import type { Shape4D } from '../support/convolution.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { upsampled } from '../support/half-pixel.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

describe.each(['wasm', 'cpu'])('half-pixel upsampling on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each([
    [[2, 5, 7, 3], 2],
    [[1, 1, 1, 2], 2],
    [[3, 1, 6, 1], 2],
    [[2, 8, 2, 4], 2],
    [[2, 23, 19, 13], 2],
    [[1, 40, 31, 17], 2],
    [[1, 3, 4, 5], 4],
    [[2, 1, 2, 8], 8],
  ] as [Shape4D, number][])('of %j by %i and its gradient follow the definition', async (shape, factor) => {
    const outShape: Shape4D = [shape[0], factor * shape[1], factor * shape[2], shape[3]];
    const x = tf.randomNormal(shape, 0, 1, 'float32', 1) as tf.Tensor4D;
    const dy = tf.randomNormal(outShape, 0, 1, 'float32', 2) as tf.Tensor4D;
    const expected = upsampled(shape, factor, await x.data<'float32'>(), await dy.data<'float32'>());
    const { value, grad } = onDirtyHeap([shape, outShape], () =>
      tf.valueAndGrad(image => upsampleHalfPixel(image as tf.Tensor4D, factor))(x, dy),
    );
    expect(value.shape).toEqual(outShape);
    expect(await relativeError(value, expected.y)).toBeLessThan(1e-6);
    expect(await relativeError(grad, expected.dx)).toBeLessThan(1e-6);
    tf.dispose([x, dy, value, grad]);
  });

  it("equals TensorFlow 2.21's UpSampling2D", async () => {
    const x = tf.tensor4d([1, 2, 4, 3, 0, 8], [1, 2, 3, 1]);
    const y = upsampleHalfPixel(x);
    expect([...(await y.data())]).toEqual([
      ...[1, 1.25, 1.75, 2.5, 3.5, 4],
      ...[1.5, 1.5, 1.5, 2.375, 4.125, 5],
      ...[2.5, 2, 1, 2.125, 5.375, 7],
      ...[3, 2.25, 0.75, 2, 6, 8],
    ]);
    tf.dispose([x, y]);
  });
});

describe('the layer', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  it('knows its output shape, also where the size is not known yet', () => {
    const layer = new HalfPixelUpsampling({ name: 'up' });
    expect(layer.computeOutputShape([null, null, 5, 3])).toEqual([null, null, 10, 3]);
  });

  it('survives saving and loading a model', async () => {
    const image = input({ shape: [4, 4, 2] });
    const conv = layers.conv2d({ filters: 3, kernelSize: 1 }).apply(image) as SymbolicTensor;
    const original = model({
      inputs: image,
      outputs: new HalfPixelUpsampling({ name: 'up' }).apply(conv) as SymbolicTensor,
    });
    let saved: tf.io.ModelArtifacts | undefined;
    await original.save(
      tf.io.withSaveHandler(async artifacts => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(saved!));
    const x = tf.randomNormal([1, 4, 4, 2]);
    const [a, b] = [original.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
    expect(a.shape).toEqual([1, 8, 8, 3]);
    expect(await b.data()).toEqual(await a.data());
    tf.dispose([x, a, b]);
    original.dispose();
    loaded.dispose();
  });
});
