/**
 * What the files beside the weights say of an imported model, in the shape of a model here.
 *
 * config.json (ours) says all; metrics.json beside it brings the training log along. SLEAP's training_config.json says what a network was
 * trained with, but not always how many channels its images had: those stand in the weights' own file, hence `channels` may be null.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type FrameCounts, type ModelMetrics, modelMetricsSchema } from '../../src/contract/model.ts';
import type { NetworkInput } from '../../src/contract/network-input.ts';
import { type Environment, portableModelSchema } from '../../src/contract/portable-model.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import { fromSleapJob, SleapJobError } from '../../src/contract/sleap-job.ts';
import { type TrainingConfig, trainingConfigSchema } from '../../src/contract/training.ts';
import { type ModelFolder, modelInvalid } from './model-folder.ts';

export interface Description {
  config: TrainingConfig;
  skeleton: Skeleton;
  input: Omit<NetworkInput, 'channels'> & { channels: 1 | 3 | null };
  /** What only a model of this service knows. */
  history: History | null;
}

interface History {
  seed: number;
  environment: Environment | null;
  frames: FrameCounts | null;
  metrics: ModelMetrics | null;
}

const REMEDY = 'Download the model again, or have its owner do it, and send the zip as it is.';

/** @param root the folder that was unpacked into. @throws AppError model_invalid. */
export async function readDescription(root: string, folder: ModelFolder): Promise<Description> {
  const { path, by } = folder.description;
  const json = await readJson(root, path);
  if (by === 'SLEAP') return fromSleap(json);
  const own = check(portableModelSchema, json, path);
  const { width_px: widthPx, height_px: heightPx, channels, frozen } = own.network_input;
  return {
    // The model it once went on from is not here.
    config: check(trainingConfigSchema, { ...own.training_config, resume_from: null }, path),
    skeleton: own.skeleton,
    input: { channels, widthPx, heightPx, frozen, initialWeights: own.initial_weights },
    history: {
      seed: own.seed,
      environment: own.environment,
      frames: own.frames,
      metrics:
        folder.metricsPath === null
          ? null
          : check(modelMetricsSchema, await readJson(root, folder.metricsPath), folder.metricsPath),
    },
  };
}

function fromSleap(json: unknown): Description {
  const { training, skeleton, symmetricKeypoints, channels, target } = sleapJob(json);
  const augmentation_config = {
    ...training.augmentation_config,
    ...(symmetricKeypoints.length > 0 && { symmetric_keypoints: symmetricKeypoints }),
  };
  const config = check(trainingConfigSchema, { ...training, augmentation_config }, 'training_config.json');
  const frozen = config.backbone_model === 'resnet' && config.backbone_config.weights === 'frozen';
  const size = { widthPx: target?.widthPx ?? null, heightPx: target?.heightPx ?? null };
  return { config, skeleton, input: { channels, ...size, frozen }, history: null };
}

function sleapJob(json: unknown) {
  try {
    return fromSleapJob(json);
  } catch (error) {
    if (!(error instanceof SleapJobError)) throw error;
    throw modelInvalid(error.message, error.remedy, error);
  }
}

async function readJson(root: string, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(root, path), 'utf8'));
  } catch (cause) {
    throw modelInvalid(`${path} cannot be read as JSON.`, REMEDY, cause);
  }
}

function check<T extends z.ZodType>(schema: T, json: unknown, path: string): z.output<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw modelInvalid(
    `${path} cannot be used: ${issue!.path.join('.') || 'it'}: ${issue!.message}.`,
    REMEDY,
    parsed.error,
  );
}
