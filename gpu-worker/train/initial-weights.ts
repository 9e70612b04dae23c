/**
 * What an encoder begins with: ImageNet's published weights or random numbers (training_config.encoder_weights, PRETRAINED_WEIGHTS).
 *
 *   "imagenet"   must be had, else the training fails
 *   null         random numbers
 *   absent       ImageNet's where they can be had, else random numbers and a warning; with PRETRAINED_WEIGHTS=require as "imagenet"
 */
import { dirname } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { InitialWeights } from '../../src/contract/model.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { logger } from '../../src/log.ts';
import { fillEncoder, fillResNet } from '../model/encoder-weights.ts';
import { readKerasModel } from '../model/keras-h5.ts';
import type { NamedArray } from '../model/weights.ts';
import { leaveIfAsked, type TaskContext } from '../task-context.ts';
import { type PretrainedNetwork, type PublishedWeights, weightsOf } from '../weights/catalog.ts';
import { obtainWeights } from '../weights/store.ts';
import { unavailable } from '../weights/unavailable.ts';

/** A published file that was read. */
export interface Pretraining {
  published: PublishedWeights;
  path: string;
  facts: InitialWeights;
  /** In the file's order. */
  arrays: NamedArray[];
}

const log = logger('worker');

/**
 * Fetches and reads the weights that a training is to begin with.
 * @param warn told in a sentence why it does not begin with ImageNet's, unless it was asked not to.
 * @returns null: with random numbers, or there is no encoder. @throws AppError weights_unavailable when they must be had and cannot.
 */
export async function obtainPretraining(
  ctx: TaskContext,
  config: TrainingConfig,
  warn: (warning: string) => Promise<void>,
): Promise<Pretraining | null> {
  const network = pretrainedNetworkOf(config);
  if (network === null || config.encoder_weights === null) return null;
  try {
    return await readPublished(ctx, network);
  } catch (error) {
    leaveIfAsked(ctx);
    if (!(error instanceof AppError && error.code === 'weights_unavailable') || isRequired(ctx, config)) throw error;
    const why = [error.message, error.remedy].filter(Boolean).join(' ');
    log.warning('Task {task} begins with random weights. {why}', { task: ctx.task.lease.taskId, why });
    await warn(`The encoder began with random numbers instead of ImageNet's weights. ${why}`);
    return null;
  }
}

/**
 * Puts them where they belong.
 * @throws AppError weights_unavailable when the file is of another network, which only one without a published hash can be.
 */
export function beginWithPretraining(
  network: LayersModel,
  config: TrainingConfig,
  { arrays, path, published }: Pretraining,
): void {
  try {
    if (config.backbone_model === 'resnet') fillResNet(network, arrays);
    else fillEncoder(network, arrays);
  } catch (cause) {
    if (!(cause instanceof AppError && cause.code === 'weights_unavailable')) throw cause;
    const remedy = `Delete ${path} and ${path}.sha256 and run: npm run weights -- fetch ${published.network}`;
    throw unavailable(published, dirname(path), `${path} does not fit (${cause.message})`, { remedy, cause });
  }
}

/** The network whose published weights fit the encoder; null where there is none or random numbers are asked for. */
function pretrainedNetworkOf(config: TrainingConfig): PretrainedNetwork | null {
  switch (config.backbone_model) {
    case 'pretrained_encoder':
      return config.backbone_config.encoder;
    case 'resnet':
      return config.backbone_config.weights === 'random' ? null : config.backbone_config.version;
    default:
      return null;
  }
}

function isRequired({ config: { PRETRAINED_WEIGHTS } }: TaskContext, { encoder_weights }: TrainingConfig): boolean {
  return encoder_weights === 'imagenet' || PRETRAINED_WEIGHTS === 'require';
}

async function readPublished(ctx: TaskContext, network: PretrainedNetwork): Promise<Pretraining> {
  const published = weightsOf(network);
  const { WEIGHTS_DIR: dir, WEIGHTS_MIRROR: mirror } = ctx.config;
  ctx.report('fetching the weights');
  const { path, sha256, check } = await obtainWeights(published, {
    dir,
    mirror,
    signal: ctx.signal,
    report: ({ done, total }) => ctx.report('fetching the weights', { done, total, unit: 'bytes' }),
  });
  const about = { network, file: published.file, check, licence: published.licence };
  log.info('ImageNet weights of {network}: {file} ({check}; licence: {licence})', about);
  const { weights } = await readKerasModel(path, { signal: ctx.signal });
  return { published, path, facts: { file: published.file, sha256 }, arrays: weights };
}
