/** The predictor on a GPU: batches handed over before the last one is read give what they give one by one, in float16 too where it agrees. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { samePeaks } from '../../gpu-worker/infer/predict.ts';
import { openGpu } from '../support/gpu.ts';
import { framesOfChance, predictorOf } from '../support/predicting.ts';
import { tinyNetwork } from '../support/tiny-network.ts';

const KEYPOINTS = 3;

beforeAll(openGpu);

describe('a predictor', () => {
  it('gives each batch its own points, however many are under way', async () => {
    const network = tinyNetwork(KEYPOINTS);
    const predictor = predictorOf(network);
    expect(await predictor.prepare()).toBe(2);
    const batches = [1, 2, 3, 4, 5].map(seed => framesOfChance(seed === 5 ? 1 : 2, seed));
    const alone: Float32Array[] = [];
    for (const batch of batches) alone.push(await predictor.predict(batch));
    const together = await Promise.all(batches.map(batch => predictor.predict(batch)));
    expect(together).toEqual(alone);
    expect(new Set(alone.map(points => points.join())).size).toBe(batches.length);
    expect(alone.map(points => points.length)).toEqual([18, 18, 18, 18, 9]);
    predictor.dispose();
    network.dispose();
  });

  it('may have its frames overwritten at once', async () => {
    const network = tinyNetwork(KEYPOINTS);
    const predictor = predictorOf(network);
    await predictor.prepare();
    const expected = await predictor.predict(framesOfChance(2, 1));
    const frames = framesOfChance(2, 1);
    const points = predictor.predict(frames);
    frames.fill(0);
    expect(await points).toEqual(expected);
    predictor.dispose();
    network.dispose();
  });

  it('that compares float16 with float32 answers the first batch in float32, and later ones as close to it as it promised', async () => {
    const network = tinyNetwork(KEYPOINTS);
    const full = predictorOf(network);
    const compared = predictorOf(network, { arithmetic: 'compare' });
    await full.prepare();
    await compared.prepare();
    expect(await compared.predict(framesOfChance(2, 1))).toEqual(await full.predict(framesOfChance(2, 1)));
    const [own, other] = [await full.predict(framesOfChance(2, 2)), await compared.predict(framesOfChance(2, 2))];
    expect(samePeaks(own, other, 0.5)).toBe(true);
    full.dispose();
    compared.dispose();
    network.dispose();
  });

  it('in mixed precision multiplies in float16, which shows in the last digits', async () => {
    const network = tinyNetwork(KEYPOINTS);
    const [full, mixed] = [predictorOf(network), predictorOf(network, { arithmetic: 'mixed' })];
    await full.prepare();
    await mixed.prepare();
    const [own, other] = [await full.predict(framesOfChance(2, 1)), await mixed.predict(framesOfChance(2, 1))];
    expect(other).not.toEqual(own);
    expect(Math.max(...own.map((value, i) => (i % 3 === 2 ? Math.abs(value - other[i]!) : 0)))).toBeLessThan(5e-3);
    full.dispose();
    mixed.dispose();
    network.dispose();
  });

  it('that is disposed of while it compares leaves neither of both ways behind', async () => {
    const held = () => [tf.memory().numTensors, webGpuBackend().bufferManager.getNumUsedBuffers()];
    const network = tinyNetwork(KEYPOINTS);
    const once = async (arithmetic: 'fp32' | 'compare') => {
      const predictor = predictorOf(network, { arithmetic });
      await predictor.prepare();
      const points = predictor.predict(framesOfChance(2, 1));
      predictor.dispose();
      await points;
      return held();
    };
    const expected = await once('fp32');
    expect(await once('compare')).toEqual(expected);
    network.dispose();
  });

  it('leaves neither tensors nor buffers behind', async () => {
    const held = () => [tf.memory().numTensors, webGpuBackend().bufferManager.getNumUsedBuffers()];
    const network = tinyNetwork(KEYPOINTS);
    const counts = [];
    for (const arithmetic of ['compare', 'compare', 'fp32'] as const) {
      const predictor = predictorOf(network, { arithmetic });
      await predictor.prepare();
      await Promise.all([1, 2, 3].map(seed => predictor.predict(framesOfChance(2, seed))));
      predictor.dispose();
      counts.push(held());
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
    network.dispose();
  });
});

describe('peaks', () => {
  it('are the same within the tolerance, and where the same ones are missing', () => {
    const points = Float32Array.of(1, 2, 0.5, Number.NaN, Number.NaN, 0.1);
    expect(samePeaks(points, Float32Array.of(1.04, 1.96, 0.9, Number.NaN, Number.NaN, 0.2), 0.05)).toBe(true);
    expect(samePeaks(points, Float32Array.of(1.06, 2, 0.5, Number.NaN, Number.NaN, 0.1), 0.05)).toBe(false);
    expect(samePeaks(points, Float32Array.of(1, 2, 0.5, 3, 4, 0.3), 0.05)).toBe(false);
    expect(samePeaks(Float32Array.of(3, 4, 0.3), Float32Array.of(Number.NaN, Number.NaN, 0.1), 0.05)).toBe(false);
  });
});
