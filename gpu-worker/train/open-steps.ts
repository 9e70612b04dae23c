/**
 * How a training takes its steps: recorded on a GPU that holds its whole batch, with the images there as well or, if that is too much, from the
 * host; else, and on the CPU, as usual.
 */
import * as tf from '@tensorflow/tfjs-core';
import { isOutOfMemory } from '../device/memory.ts';
import { RecordedSteps } from './recorded-step.ts';
import { eagerSteps, type Steps } from './step.ts';
import { HostFrames, ResidentFrames, type StepFrames } from './step-frames.ts';
import type { FitEvents, Training } from './training.ts';

/** @throws AppError out_of_memory when not even a single frame fits. */
export async function openSteps(
  training: Training,
  events: Pick<FitEvents, 'report' | 'halved' | 'note'>,
): Promise<Steps> {
  const { batch_size: batchSize } = training.config;
  if (tf.getBackend() === 'webgpu' && training.microBatch >= batchSize) {
    const ways = framesOf(training);
    for (const [i, makeFrames] of ways.entries()) {
      try {
        return await RecordedSteps.open(training, makeFrames, events.report);
      } catch (error) {
        const isLastResort = batchSize === 1 && i + 1 === ways.length;
        if (!isOutOfMemory(error) || isLastResort) throw error;
        if (i + 1 < ways.length)
          events.note('The images do not fit into the memory of the GPU: they are sent to it batch by batch.');
      }
    }
    training.microBatch = Math.ceil(batchSize / 2);
    await events.halved(training.microBatch);
  }
  return eagerSteps(training, events.halved);
}

/** Ways to have the frames, from the one that takes most of the GPU's memory. */
function framesOf({ labelled, examples, config }: Training): (() => StepFrames)[] {
  const host = () => new HostFrames(labelled, examples, config.batch_size);
  if (!ResidentFrames.fit(labelled)) return [host];
  return [() => new ResidentFrames(labelled, examples, config.batch_size), host];
}
