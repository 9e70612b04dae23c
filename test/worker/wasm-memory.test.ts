/** The CPU backend's memory over many steps, and trainings for which it is too small. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { trainStep } from '../../gpu-worker/train/step.ts';
import { limitHeap } from '../support/limited-heap.ts';
import { run, useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings();
afterEach(() => vi.restoreAllMocks());

const heapBytes = () => ((tf.backend() as BackendWasm).wasm.HEAPU8 as Uint8Array).buffer.byteLength;

describe('the memory of the CPU backend', () => {
  it('is the same after three hundred steps as after ten', async () => {
    const { network, optimizer, examples, config } = makeTraining();
    const batch = await examples.training(0);
    const stepper = { network, optimizer, config, microBatch: 3 };
    const held: object[] = [];
    for (let step = 1; step <= 300; step++) {
      await trainStep(stepper, batch, async () => {});
      const { numTensors, numBytes } = tf.memory();
      const buffers = (tf.backend() as BackendWasm).numDataIds();
      if (step === 10 || step === 300) held.push({ numTensors, numBytes, buffers, heap: heapBytes() });
    }
    expect(held[1]).toEqual(held[0]);
  });

  it('that is too small for a batch is enough for pieces of it, which lose nothing', async () => {
    const settings = { batch_size: 4, num_epochs: 1 };
    // What a step takes at most.
    const needed = limitHeap(2 ** 30);
    const whole = await run(makeTraining(settings));
    vi.restoreAllMocks();
    const halved: number[] = [];
    const bytes = 2 ** 30 - needed.least;
    limitHeap(0.75 * bytes);
    const pieces = await run(makeTraining(settings), { halved: async to => void halved.push(to) });
    expect(halved).toEqual([2]);
    expect(Math.abs(pieces.rows[0]!.loss / whole.rows[0]!.loss - 1)).toBeLessThan(1e-5);
  });

  it('that is too small for one frame is named, with what does help', async () => {
    const training = makeTraining({ batch_size: 4 });
    limitHeap(100_000);
    await expect(run(training)).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringContaining('one frame'),
      remedy: expect.stringContaining('input_scaling'),
    });
  });
});
