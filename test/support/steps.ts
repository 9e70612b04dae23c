/** The steps of a training, eager or recorded, and all numbers that they leave. */
import { namedWeights } from '../../gpu-worker/model/network.ts';
import { RecordedSteps } from '../../gpu-worker/train/recorded-step.ts';
import { eagerSteps, type Steps } from '../../gpu-worker/train/step.ts';
import { ResidentFrames } from '../../gpu-worker/train/step-frames.ts';
import type { FitEvents, Training } from '../../gpu-worker/train/training.ts';

export const eagerly = (training: Training) => eagerSteps(training, async () => {});

/** With the images on the device. */
export function record(training: Training, report: FitEvents['report'] = () => {}): Promise<RecordedSteps> {
  const { labelled, examples, config } = training;
  return RecordedSteps.open(training, () => new ResidentFrames(labelled, examples, config.batch_size), report);
}

export async function lossesOf(steps: Steps, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < count; step++) losses.push(...(await steps.take(step)));
  losses.push(...(await steps.settle()));
  steps.dispose();
  return losses;
}

export async function numbersOf({ network, optimizer }: Training) {
  const weights = await Promise.all(namedWeights(network).map(async ({ name, tensor }) => [name, await tensor.data()]));
  return { weights, optimizer: await optimizer.state() };
}
