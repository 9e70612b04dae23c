/** Ten thousand steps of a very small network: what the heap and the number of tensors are like every thousand steps. */
import * as tf from '@tensorflow/tfjs-core';
import { Batch } from '../../../gpu-worker/train/examples.ts';
import { trainStep } from '../../../gpu-worker/train/step.ts';
import type { UNetCase } from '../unet-cases.ts';
import { trainingOf } from '../unet-training.ts';

const SMALL: UNetCase = {
  ...{ heightPx: 16, widthPx: 16, channels: 1, keypoints: 2 },
  ...{ filters: 4, filtersRate: 1, maxStride: 4, outputStride: 2, interpolate: true },
};

export interface SoakRow {
  steps: number;
  tensors: number;
  /** Of tensors. */
  bytes: number;
  heap_mib: number;
  /** Of the process, resident. */
  rss_mib: number;
  loss: number;
}

/** @param heapBytes how large the backend's heap is now. */
export async function soak(heapBytes: () => number, { steps = 10_000, every = 1000 } = {}): Promise<SoakRow[]> {
  const { network, optimizer, labelled, config } = trainingOf(SMALL, 2, 'fp32');
  const batch = new Batch(labelled, new Uint8Array(2 * 16 * 16).fill(100), labelled.points.slice(0, 2));
  const stepper = { config, network, optimizer, microBatch: 2 };
  const rows: SoakRow[] = [];
  for (let step = 1; step <= steps; step++) {
    const loss = await trainStep(stepper, batch, async () => {});
    if (step !== 1 && step % every !== 0) continue;
    const { numTensors, numBytes } = tf.memory();
    const sizes = { heap_mib: heapBytes() / 2 ** 20, rss_mib: process.memoryUsage.rss() / 2 ** 20 };
    rows.push({ steps: step, tensors: numTensors, bytes: numBytes, ...sizes, loss });
  }
  optimizer.dispose();
  network.dispose();
  return rows;
}
