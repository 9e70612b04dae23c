/** The predictor on the CPU: sizes of batches, memory that is too small, and the one that is kept between tasks. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { type LoadedPredictor, PredictorCache } from '../../gpu-worker/infer/predictor-cache.ts';
import { limitHeap } from '../support/limited-heap.ts';
import { FRAME, framesOfChance, predictorOf } from '../support/predicting.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';
import { tinyNetwork } from '../support/tiny-network.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();
afterEach(() => vi.restoreAllMocks());

const load = async (): Promise<LoadedPredictor> => {
  const network = tinyNetwork(3);
  const predictor = predictorOf(network);
  return { network, predictor, batchSize: await predictor.prepare() };
};

describe('a predictor', () => {
  it('takes small frames four at a time where nobody says how many', async () => {
    const network = tinyNetwork(3);
    const predictor = predictorOf(network, { batch_size: null });
    expect(await predictor.prepare()).toBe(4);
    predictor.dispose();
    network.dispose();
  });

  it('gives a frame the same points in a batch of any size', async () => {
    const network = tinyNetwork(3);
    const predictor = predictorOf(network, { batch_size: 3 });
    await predictor.prepare();
    const frames = framesOfChance(3, 1);
    const together = await predictor.predict(frames);
    const frameBytes = FRAME.widthPx * FRAME.heightPx;
    const alone: number[] = [];
    for (let i = 0; i < 3; i++)
      alone.push(...(await predictor.predict(frames.subarray(i * frameBytes, (i + 1) * frameBytes))));
    expect([...together]).toEqual(alone);
    predictor.dispose();
    network.dispose();
  });

  it('takes a batch from its own room as from anywhere else, also when the heap has grown since', async () => {
    const network = tinyNetwork(3);
    const predictor = predictorOf(network, { batch_size: 3 });
    expect(() => predictor.room).toThrow('not prepared');
    await predictor.prepare();
    const frames = framesOfChance(3, 1);
    const expected = await predictor.predict(frames);
    expect(predictor.room).toHaveLength(frames.length);
    predictor.room.set(frames);
    expect(await predictor.predict(predictor.room)).toEqual(expected);
    const one = predictor.room.subarray(0, frames.length / 3);
    expect(await predictor.predict(one)).toEqual(expected.subarray(0, 9));
    const heap = () => ((tf.backend() as BackendWasm).wasm.HEAPU8 as Uint8Array).buffer.byteLength;
    const before = heap();
    tf.dispose(tf.zeros([before / 4]));
    expect(heap()).toBeGreaterThan(before);
    predictor.room.set(framesOfChance(3, 2));
    expect(await predictor.predict(predictor.room)).toEqual(await predictor.predict(framesOfChance(3, 2)));
    predictor.dispose();
    network.dispose();
  });

  it('halves a batch for which the memory is too small, and refuses only a single frame', async () => {
    const network = tinyNetwork(3);
    const needed = limitHeap(2 ** 30);
    const whole = predictorOf(network, { batch_size: 8 });
    expect(await whole.prepare()).toBe(8);
    const expected = await whole.predict(framesOfChance(4, 1));
    vi.restoreAllMocks();
    limitHeap(0.7 * (2 ** 30 - needed.least));
    const halved = predictorOf(network, { batch_size: 8 });
    expect(await halved.prepare()).toBe(4);
    expect(await halved.predict(framesOfChance(4, 1))).toEqual(expected);
    vi.restoreAllMocks();
    limitHeap(5000);
    await expect(predictorOf(network, { batch_size: 8 }).prepare()).rejects.toMatchObject({ code: 'out_of_memory' });
    network.dispose();
  });
});

describe('the predictor that is kept', () => {
  it('is lent again for the same key and disposed of for another one, and at the end', async () => {
    const cache = new PredictorCache();
    const loads: LoadedPredictor[] = [];
    const lend = (key: string) =>
      cache.lend(
        key,
        async () => {
          loads.push(await load());
          return loads.at(-1)!;
        },
        async lent => lent,
      );
    const first = await lend('a');
    expect(await lend('a')).toBe(first);
    const held = tf.memory().numTensors;
    expect(await lend('b')).not.toBe(first);
    expect(loads).toHaveLength(2);
    expect(tf.memory().numTensors).toBe(held);
    cache.clear();
  });

  it('is disposed of when the work with it fails', async () => {
    const cache = new PredictorCache();
    const failing = cache.lend('a', load, async () => {
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    let loaded = 0;
    await cache.lend(
      'a',
      () => {
        loaded++;
        return load();
      },
      async () => {},
    );
    expect(loaded).toBe(1);
    cache.clear();
  });

  it('leaves nothing behind when it cannot be loaded', async () => {
    const cache = new PredictorCache();
    const failing = cache.lend(
      'a',
      () => Promise.reject(new Error('no weights')),
      async () => {},
    );
    await expect(failing).rejects.toThrow('no weights');
    cache.clear();
  });
});
