/** Bilinear upsampling with half-pixel centres, on every backend that runs here. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { HalfPixelUpsampling, upsampleHalfPixel } from '../../gpu-worker/model/layers/half-pixel-upsampling.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await openDevice('wasm', { threads: 1 });
});

expectNoTensorsLeft();

/** Weights of the inputs in output `i` of an axis: the centre of output i lies at (i + 1/2) / 2 - 1/2. */
function weights(i: number, length: number): [number, number][] {
  const centre = (i + 0.5) / 2 - 0.5;
  const left = Math.floor(centre);
  const share = centre - left;
  const clamp = (at: number) => Math.max(0, Math.min(length - 1, at));
  return [
    [clamp(left), 1 - share],
    [clamp(left + 1), share],
  ];
}

/** Calls visit(input index, output index, weight) for every product of the definition. */
function eachProduct([B, H, W, C]: number[], visit: (from: number, to: number, weight: number) => void): void {
  for (let b = 0; b < B!; b++)
    for (let r = 0; r < 2 * H!; r++)
      for (let q = 0; q < 2 * W!; q++)
        for (const [row, rowWeight] of weights(r, H!))
          for (const [column, columnWeight] of weights(q, W!))
            for (let c = 0; c < C!; c++)
              visit(
                ((b * H! + row) * W! + column) * C! + c,
                ((b * 2 * H! + r) * 2 * W! + q) * C! + c,
                rowWeight * columnWeight,
              );
}

async function worstError(actual: tf.Tensor, expected: Float64Array): Promise<number> {
  const values = await actual.data();
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - values[i]!)), 0);
}

describe.each(['wasm', 'cpu'])('half-pixel upsampling on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  const shapes: [number, number, number, number][] = [
    [2, 5, 7, 3],
    [1, 1, 1, 2],
    [3, 1, 6, 1],
    [2, 8, 2, 4],
  ];
  it.each(shapes.map(shape => [shape] as const))('of %s and its gradient follow the definition', async shape => {
    const x = tf.randomNormal(shape, 0, 1, 'float32', 1) as tf.Tensor4D;
    const dy = tf.randomNormal([shape[0], 2 * shape[1], 2 * shape[2], shape[3]], 0, 1, 'float32', 2);
    const [xs, dys] = [await x.data(), await dy.data()];
    const expected = new Float64Array(dy.size);
    const expectedGradient = new Float64Array(x.size);
    eachProduct(shape, (from, to, weight) => {
      expected[to]! += weight * xs[from]!;
      expectedGradient[from]! += weight * dys[to]!;
    });
    const y = upsampleHalfPixel(x);
    const dx = tf.grad(image => upsampleHalfPixel(image as tf.Tensor4D))(x, dy);
    expect(y.shape).toEqual(dy.shape);
    expect(await worstError(y, expected)).toBeLessThan(2e-6);
    expect(await worstError(dx, expectedGradient)).toBeLessThan(5e-6);
    tf.dispose([x, dy, y, dx]);
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
