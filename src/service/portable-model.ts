/** A model in the words of others: config.json, from which another service of this kind takes it in, and SLEAP's training_config.json. */
import { originOf } from '../contract/model.ts';
import { PORTABLE_FORMAT, type PortableModel } from '../contract/portable-model.ts';
import type { Skeleton } from '../contract/pose.ts';
import { toSleapJob } from '../contract/sleap-job-write.ts';
import { type TrainingConfig, trainingConfigSchema } from '../contract/training.ts';
import type { models } from '../db/schema.ts';
import type { tasks } from '../db/schema-queue.ts';

type Model = typeof models.$inferSelect;
type Task = typeof tasks.$inferSelect;

/** Both as objects; null until the dataset was read, or the import done. */
export function portableModel(model: Model, task: Task): { own: PortableModel; sleap: object } | null {
  const { skeleton, networkInput } = model;
  if (skeleton === null || networkInput === null) return null;
  const config = trainingConfigSchema.parse(model.trainingConfig);
  const known = { ...model, skeleton, networkInput };
  return { own: ownConfig(known, task, config), sleap: sleapConfig(known, config) };
}

type KnownModel = Model & {
  skeleton: NonNullable<Model['skeleton']>;
  networkInput: NonNullable<Model['networkInput']>;
};

function ownConfig(model: KnownModel, task: Task, config: TrainingConfig): PortableModel {
  const { channels, widthPx, heightPx, frozen } = model.networkInput;
  return {
    format: PORTABLE_FORMAT,
    format_version: 1,
    model_uid: model.uid,
    origin: originOf(task.kind),
    environment: model.environment,
    seed: model.seed,
    training_config: config,
    training_config_as_sent: model.trainingConfig,
    skeleton: model.skeleton,
    network_input: { channels, width_px: widthPx, height_px: heightPx, frozen },
    initial_weights: model.networkInput.initialWeights ?? null,
    parameters: model.parameters,
    frames: model.frames,
    best_epoch: model.bestEpoch,
    warnings: task.warnings,
    created_at: model.createdAt.toISOString(),
    finished_at: task.finishedAt?.toISOString() ?? null,
  };
}

function sleapConfig({ uid, skeleton, networkInput }: KnownModel, training: TrainingConfig): object {
  const { channels, widthPx, heightPx } = networkInput;
  // What it really began with.
  const encoder_weights = networkInput.initialWeights ? ('imagenet' as const) : null;
  return toSleapJob({
    name: uid,
    training: { ...training, encoder_weights },
    skeleton,
    symmetricKeypoints: training.augmentation_config.symmetric_keypoints ?? symmetriesOf(skeleton),
    channels,
    target: widthPx === null || heightPx === null ? null : { widthPx, heightPx },
  });
}

function symmetriesOf({ keypoints, symmetries = [] }: Skeleton): [string, string][] {
  return symmetries.map(([one, other]) => [keypoints[one]!, keypoints[other]!]);
}
