/** Everything a training needs before its first step: the dataset read and split, the network built, the base's weights in it. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { loadBlob } from '../../src/blobs/blob-store.ts';
import { geometryOf } from '../../src/contract/frame-geometry.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import { type TrainingConfig, trainingConfigSchema } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { addWarning } from '../../src/queue/lease.ts';
import { splitFrames, splitGroups } from '../data/split.ts';
import { findSymmetry } from '../data/symmetry.ts';
import { hasMixedPrecision } from '../kernels/webgpu/precision.ts';
import { networkOf } from '../model/from-config.ts';
import { countParameters, restoreWeights, trainableWeights } from '../model/network.ts';
import { decodeTensors } from '../model/weights.ts';
import type { TaskContext } from '../task-context.ts';
import { AmsGrad } from './amsgrad.ts';
import { continueFrom } from './checkpoint.ts';
import { type Dataset, openDataset } from './dataset.ts';
import { ExampleSource, exampleThreads } from './example-source.ts';
import { beginWithPretraining, obtainPretraining } from './initial-weights.ts';
import { type Facts, type Model, readBase } from './record.ts';
import { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';
import type { Training } from './training.ts';

interface Prepared {
  training: Training;
  facts: Facts;
  /** Of the labelled images. */
  names: readonly string[];
}

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function prepareTraining(ctx: TaskContext, model: Model): Promise<Prepared> {
  const config = trainingConfigSchema.parse(model.trainingConfig);
  const warn = (warning: string) => addWarning(ctx.db, ctx.task.lease, warning);
  const base = await baseOf(ctx, model, config);
  const options = { splitBy: config.split_by, ...(base && { channels: base.networkInput!.channels }) };
  const dataset = orderedAs(base?.skeleton?.keypoints, await openDataset(ctx, model, options));
  const { skeleton, images, points } = dataset;
  const split = splitOf(dataset, config, model.seed);

  const start = await startOf(ctx, config, { model, base }, warn);
  ctx.report('preparing the network');
  const { channels, widthPx, heightPx } = images;
  const networkInput = { channels, widthPx, heightPx, ...start.encoder };
  for (const warning of unmetWishes(config, networkInput)) await warn(warning);
  const labelled = {
    images,
    points,
    geometry: geometryOf(config, images, images),
    stride: config.heads_output_stride,
    sigma: config.heads_sigma,
  };
  const flipPairs = await flipPairsOf(config, skeleton, warn);
  const network = networkOf(config, networkInput, skeleton.keypoints.length, model.seed);
  if (start.pretraining) beginWithPretraining(network, config, start.pretraining);
  const training: Training = {
    config,
    keypoints: skeleton.keypoints,
    network,
    seed: model.seed,
    optimizer: new AmsGrad(trainableWeights(network), config.learning_rate),
    schedule: new ReduceLrOnPlateau(config.learning_rate_schedule),
    stopping: new EarlyStopping(config.early_stopping),
    labelled,
    examples: new ExampleSource(labelled, split.train, {
      batchSize: config.batch_size,
      seed: model.seed,
      augmentation: { config: config.augmentation_config, flipPairs },
      threads: exampleThreads(tf.getBackend(), availableParallelism()),
    }),
    split,
    position: { epoch: 0, step: 0, lossSum: 0, seconds: 0, stepsBefore: 0 },
    bestValLoss: Number.POSITIVE_INFINITY,
    microBatch: config.batch_size,
  };
  if (base && !model.checkpointBlob) await beginWith(ctx, training, base, base.datasetBlob === model.datasetBlob);
  const frames = { train: split.train.length, validation: split.validation.length, holdout: split.holdout.length };
  return {
    training,
    facts: {
      skeleton,
      networkInput,
      frames,
      parameters: countParameters(network),
    },
    names: dataset.names,
  };
}

/** What the network begins with: weights that are read back later, from a checkpoint or another model, or new ones. */
async function startOf(
  ctx: TaskContext,
  config: TrainingConfig,
  { model, base }: { model: Model; base: Model | null },
  warn: (warning: string) => Promise<void>,
) {
  const before = model.checkpointBlob ? model.networkInput : (base?.networkInput ?? null);
  if (before) {
    const { frozen, initialWeights = null } = before;
    return { pretraining: null, encoder: { frozen, initialWeights } };
  }
  // An attempt that died before its first checkpoint has said already what it began with.
  const didWithout = model.networkInput?.initialWeights === null;
  const pretraining = didWithout ? null : await obtainPretraining(ctx, config, warn);
  const encoder = {
    frozen: pretraining !== null && isToBeFrozen(config),
    initialWeights: pretraining?.facts ?? null,
  };
  return { pretraining, encoder };
}

function isToBeFrozen(config: TrainingConfig): boolean {
  return config.backbone_model === 'resnet' && config.backbone_config.weights === 'frozen';
}

/** What the configuration asks for and this worker cannot give, in sentences; missing weights are told where they were looked for. */
function unmetWishes(config: TrainingConfig, { frozen }: { frozen: boolean }): string[] {
  const warnings: string[] = [];
  if (isToBeFrozen(config) && !frozen)
    warnings.push('Random weights are not worth keeping: the encoder is trained, although it was to be frozen.');
  if (config.precision === 'mixed' && !hasMixedPrecision())
    warnings.push('This worker has no GPU with float16: it trains in fp32, not in mixed precision.');
  return warnings;
}

/** @throws AppError base_missing when it was deleted since the submission. */
async function baseOf(ctx: TaskContext, model: Model, config: TrainingConfig): Promise<Model | null> {
  if (!config.resume_from) return null;
  const base = model.baseUid ? await readBase(ctx, model.baseUid) : null;
  if (base?.bestBlob) return base;
  throw new AppError('checkpoint_invalid', `The model ${config.resume_from} to go on from does not exist any more.`, {
    remedy: 'Train without resume_from, or from another model.',
  });
}

/** The base's weights; on the same dataset also its optimiser and its place in the order of frames, as far as they are kept. */
async function beginWith(ctx: TaskContext, training: Training, base: Model, sameDataset: boolean): Promise<void> {
  if (sameDataset && base.checkpointBlob) {
    ctx.log('info', `The training goes on from the last checkpoint of model ${base.uid}, optimiser and all.`);
    return continueFrom(training, await loadBlob(ctx.blobs, base.checkpointBlob));
  }
  restoreWeights(training.network, decodeTensors(await loadBlob(ctx.blobs, base.bestBlob!)));
  const why = sameDataset ? 'its last checkpoint is no longer kept' : 'the dataset is another';
  const sentence = `The training began with the best weights of model ${base.uid} and a fresh optimiser: ${why}.`;
  await addWarning(ctx.db, ctx.task.lease, sentence);
}

/** The dataset with its keypoints in the order of the network that will go on with it. @throws AppError labels_invalid. */
function orderedAs(wanted: readonly string[] | undefined, dataset: Dataset): Dataset {
  const { keypoints, edges, symmetries } = dataset.skeleton;
  if (!wanted || wanted.join('\n') === keypoints.join('\n')) return dataset;
  if (wanted.toSorted().join('\n') !== keypoints.toSorted().join('\n')) {
    const list = (names: readonly string[]) => names.map(name => `"${name}"`).join(', ');
    throw new AppError(
      'labels_invalid',
      `The dataset has the keypoints ${list(keypoints)}; the model to go on from knows ${list(wanted)}.`,
      { remedy: 'Give them the same names, or train without resume_from.' },
    );
  }
  const from = wanted.map(name => keypoints.indexOf(name));
  const to = keypoints.map(name => wanted.indexOf(name));
  const moved = ([a, b]: readonly [number, number]): [number, number] => [to[a]!, to[b]!];
  return {
    ...dataset,
    skeleton: {
      keypoints: [...wanted],
      edges: edges.map(moved),
      ...(symmetries && { symmetries: symmetries.map(moved) }),
    },
    points: dataset.points.map(point => Float32Array.from(from.flatMap(k => [point[2 * k]!, point[2 * k + 1]!]))),
  };
}

function splitOf({ points, groups }: Dataset, config: TrainingConfig, seed: number) {
  const options = { testFraction: config.test_fraction, holdoutFraction: config.holdout_fraction, seed };
  if (groups === null || config.split_by === 'frame') return splitFrames(points.length, options);
  return splitGroups(groups, config.split_by, options);
}

async function flipPairsOf(
  { augmentation_config: augmentation }: TrainingConfig,
  { keypoints, symmetries = [] }: Skeleton,
  warn: (warning: string) => Promise<void>,
): Promise<[number, number][]> {
  if (!augmentation.random_flip) return [];
  // The request's word, or else that of the labels, or else what the names tell.
  if (augmentation.symmetric_keypoints === undefined && symmetries.length > 0) return symmetries;
  const { pairs, warnings } = findSymmetry(keypoints, augmentation.symmetric_keypoints);
  for (const warning of warnings) await warn(warning);
  return pairs;
}
