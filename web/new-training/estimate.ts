/**
 * What the training in the form would take: memory of a step and time, from the data, the configuration, and how fast this service's own trainings
 * went. The counting is the contract's (network-cost.ts and beside it); here it is put together for one answer.
 */
import { type ImageShape, type NetworkCost, networkCost } from '../../src/contract/network-cost.ts';
import {
  CPU_MEMORY_BYTES,
  type FrameSplit,
  framesAtOnce,
  splitCounts,
  stepMemoryBytes,
} from '../../src/contract/network-cost-training.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { type TrainingSpeed, type TrainingTime, trainingTime } from '../../src/contract/training-speed.ts';

export interface Subject {
  image: ImageShape;
  keypoints: number;
  frames: FrameSplit;
}

export interface Experience {
  /** Of workers that are there. */
  devices: readonly string[];
  /** Of past trainings, the newest first. */
  speeds: readonly TrainingSpeed[];
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

/** The same split as the worker's. @param labelled frames. */
export function subjectOf(image: ImageShape, keypoints: number, labelled: number, config: TrainingConfig): Subject {
  return { image, keypoints, frames: splitCounts(labelled, config) };
}

export function estimate(
  config: TrainingConfig,
  { image, keypoints, frames }: Subject,
  { devices, speeds }: Experience,
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
