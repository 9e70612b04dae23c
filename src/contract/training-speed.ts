/**
 * How long a training will take, from how fast this service's own trainings went: multiply-adds of an epoch over its seconds.
 *
 * Speeds of another device say nothing and are never used. Networks differ too: of the trainings on the device those with the same backbone and
 * precision are asked first, and all others only where there are none. The median of the newest few stands for them.
 * Leaves out reading the dataset, compiling kernels and checkpoints, which belong to no epoch.
 */
import type { ModelResource } from './model.ts';
import { type NetworkCost, networkCost } from './network-cost.ts';
import { epochMultiplyAdds, type FrameSplit } from './network-cost-training.ts';
import type { TrainingConfig } from './training.ts';

/** How many of the newest trainings are looked at. */
const NEWEST = 5;

export interface TrainingSpeed {
  /** As the worker describes it: "NVIDIA H100 (webgpu, f16)". */
  device: string;
  backbone: TrainingConfig['backbone_model'];
  precision: TrainingConfig['precision'];
  /** Of whole epochs, validation included. */
  multiplyAddsPerSecond: number;
}

export interface TrainingTime {
  secondsPerEpoch: number;
  /** Of num_epochs, the upper bound. */
  seconds: number;
  /** How many trainings it was told from. */
  trainings: number;
  /** Whether they had the same backbone and precision. */
  isSameKind: boolean;
}

/**
 * @param config the model's training_config with its defaults filled in (trainingConfigSchema).
 * @param epochSeconds mean wall time of its epochs; default: that of the last one.
 * @returns null where the model does not tell: imported, no epoch has ended, made by a version that did not keep the device.
 */
export function trainingSpeed(
  model: ModelResource,
  config: TrainingConfig,
  epochSeconds = model.last_epoch?.seconds,
): TrainingSpeed | null {
  const { origin, device, input, keypoints, frames } = model;
  if (origin !== 'training' || !device || !keypoints || !frames || !epochSeconds) return null;
  if (!input || input.width_px === null || input.height_px === null) return null;
  const image = { widthPx: input.width_px, heightPx: input.height_px, channels: input.channels };
  const cost = networkCost(config, image, keypoints.length, input.frozen);
  return {
    device,
    backbone: config.backbone_model,
    precision: config.precision,
    multiplyAddsPerSecond: epochMultiplyAdds(cost, config, frames) / epochSeconds,
  };
}

/**
 * @param device on which it will run.
 * @param speeds of past trainings, the newest first.
 * @returns null where nothing was trained on this device.
 */
export function trainingTime(
  { config, cost, frames }: { config: TrainingConfig; cost: NetworkCost; frames: FrameSplit },
  device: string,
  speeds: readonly TrainingSpeed[],
): TrainingTime | null {
  const own = speeds.filter(speed => speed.device === device);
  const same = own.filter(
    ({ backbone, precision }) => backbone === config.backbone_model && precision === config.precision,
  );
  const asked = (same.length > 0 ? same : own).slice(0, NEWEST);
  if (asked.length === 0) return null;
  const rate = median(asked.map(({ multiplyAddsPerSecond }) => multiplyAddsPerSecond));
  const secondsPerEpoch = epochMultiplyAdds(cost, config, frames) / rate;
  return {
    secondsPerEpoch,
    seconds: config.num_epochs * secondsPerEpoch,
    trainings: asked.length,
    isSameKind: same.length > 0,
  };
}

/** @param values at least one. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
