/** What the service knows of its own speed: the devices of the workers that are there, and how fast past trainings went. */
import { signal } from '@preact/signals';
import type { ModelResource } from '../../src/contract/model.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { type TrainingSpeed, trainingSpeed } from '../../src/contract/training-speed.ts';
import { asFailure, client } from '../api/client.ts';
import type { Experience } from './estimate.ts';

/** Past trainings that are looked at, the newest first. */
const NEWEST = 50;

/** null while it has not arrived. */
export const experience = signal<Experience | null>(null);

/** Asks for both once more. An estimate is no reason to disturb: without an answer it stays as it was. */
export async function readExperience(abort: AbortSignal): Promise<void> {
  try {
    const [workers, page] = await Promise.all([
      client.workers({ signal: abort }),
      client.modelPage({ limit: NEWEST, signal: abort }),
    ]);
    const awake = workers.filter(({ state }) => state !== 'silent').map(({ device }) => device);
    experience.value = {
      devices: [...new Set(awake.filter(device => device !== null))],
      speeds: page.models.flatMap(speedOf),
    };
  } catch (thrown) {
    if (!abort.aborted) asFailure(thrown);
  }
}

function speedOf(model: ModelResource): TrainingSpeed[] {
  const parsed = trainingConfigSchema.safeParse(model.training_config);
  const speed = parsed.success ? trainingSpeed(model, parsed.data) : null;
  return speed ? [speed] : [];
}
