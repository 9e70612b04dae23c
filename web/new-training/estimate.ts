/**
 * What the training in the form would take: memory of a step and time, from the report of the data, the configuration, and how fast this service's
 * own trainings went. The counting is the contract's (network-cost.ts and beside it); here is where its figures come from.
 */
import { signal } from '@preact/signals';
import type { ModelResource } from '../../src/contract/model.ts';
import { type ImageShape, type NetworkCost, networkCost } from '../../src/contract/network-cost.ts';
import {
  CPU_MEMORY_BYTES,
  type FrameSplit,
  framesAtOnce,
  splitCounts,
  stepMemoryBytes,
} from '../../src/contract/network-cost-training.ts';
import { type TrainingConfig, trainingConfigSchema } from '../../src/contract/training.ts';
import {
  type TrainingSpeed,
  type TrainingTime,
  trainingSpeed,
  trainingTime,
} from '../../src/contract/training-speed.ts';
import { asFailure, client } from '../api/client.ts';

/** Past trainings that are looked at, the newest first. */
const NEWEST = 50;

export interface Subject {
  image: ImageShape;
  keypoints: number;
  frames: FrameSplit;
}

export interface Estimate {
  cost: NetworkCost;
  memoryBytes: number;
  /** null: which device will do it is not known, as no worker is there. */
  device: string | null;
  /** Frames of a batch that are computed at once; null: not even one fits; undefined: the device's memory is not known. */
  atOnce: number | null | undefined;
  /** null: nothing was trained on the device yet. */
  time: TrainingTime | null;
}

/** Devices of workers that are there, and past trainings; null while they have not arrived. */
export const experience = signal<{ devices: string[]; speeds: TrainingSpeed[] } | null>(null);

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

/** The same split as the worker's. @param labelled frames. */
export function subjectOf(image: ImageShape, keypoints: number, labelled: number, config: TrainingConfig): Subject {
  return { image, keypoints, frames: splitCounts(labelled, config) };
}

export function estimate(
  config: TrainingConfig,
  { image, keypoints, frames }: Subject,
  { devices, speeds }: { devices: readonly string[]; speeds: readonly TrainingSpeed[] },
): Estimate {
  const cost = networkCost(config, image, keypoints);
  const device = devices[0] ?? null;
  const isCpu = device?.startsWith('CPU') === true;
  return {
    cost,
    device,
    memoryBytes: stepMemoryBytes(cost, config.batch_size),
    atOnce: isCpu ? framesAtOnce(cost, config.batch_size, CPU_MEMORY_BYTES) : undefined,
    time: device === null ? null : trainingTime({ config, cost, frames }, device, speeds),
  };
}

function speedOf(model: ModelResource): TrainingSpeed[] {
  const parsed = trainingConfigSchema.safeParse(model.training_config);
  const speed = parsed.success ? trainingSpeed(model, parsed.data) : null;
  return speed ? [speed] : [];
}
