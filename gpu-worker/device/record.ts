/**
 * From a piece of work to its recording, as far as the device's memory goes: what the work reads is made, its pipelines are compiled, it is
 * captured. All of it lies in one scope of memory.ts, since each of these takes memory.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { withinMemory } from './memory.ts';
import { compileAhead, Recording } from './recording.ts';

/**
 * @param makeInputs makes what the host will write before each replay; the caller's to dispose, after the recording.
 * @param work as a Recording takes it; called twice.
 * @param report told how many of the pipelines are compiled.
 * @throws AppError out_of_memory, and what the others throw; nothing is left then.
 */
export async function record<Inputs extends { dispose(): void }, T extends tf.Tensor[]>(
  makeInputs: () => Inputs,
  work: (inputs: Inputs) => T,
  report?: (done: number, total: number) => void,
): Promise<{ inputs: Inputs; recording: Recording<T> }> {
  const made: { dispose(): void }[] = [];
  const keep = <M extends { dispose(): void }>(one: M): M => {
    made.unshift(one);
    return one;
  };
  try {
    return await withinMemory(
      async () => {
        const inputs = keep(makeInputs());
        await compileAhead(() => work(inputs), report);
        return { inputs, recording: keep(new Recording(() => work(inputs))) };
      },
      () => {},
    );
  } catch (error) {
    for (const one of made) one.dispose();
    throw error;
  }
}
