/** How a training takes its steps: recorded on a GPU that holds its whole batch, as usual elsewhere. */
import * as tf from '@tensorflow/tfjs-core';
import { isOutOfMemory } from '../device/memory.ts';
import { RecordedSteps } from './recorded-step.ts';
import { eagerSteps, type Steps } from './step.ts';
import type { FitEvents, Training } from './training.ts';

/** @throws AppError out_of_memory when not even a single frame fits. */
export async function openSteps(training: Training, events: Pick<FitEvents, 'report' | 'halved'>): Promise<Steps> {
  const { batch_size: batchSize } = training.config;
  if (tf.getBackend() === 'webgpu' && training.microBatch >= batchSize) {
    try {
      return await RecordedSteps.open(training, events.report);
    } catch (error) {
      if (!isOutOfMemory(error) || batchSize === 1) throw error;
      training.microBatch = Math.ceil(batchSize / 2);
      await events.halved(training.microBatch);
    }
  }
  return eagerSteps(training, events.halved);
}
