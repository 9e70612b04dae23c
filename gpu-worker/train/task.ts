/**
 * A training task from claim to end: dataset, split, network, the loop of fit.ts, and the error of the best weights in pixels.
 * Everything that has to survive a crash is in the database after each epoch; a second attempt finds it there and goes on.
 */
import { loadBlob } from '../../src/blobs/blob-store.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { addWarning } from '../../src/queue/lease.ts';
import { splitFrames } from '../data/split.ts';
import { Predictor } from '../infer/predict.ts';
import { networkOf } from '../model/from-config.ts';
import { namedWeights, restoreWeights } from '../model/network.ts';
import { rescale } from '../model/preprocess.ts';
import { decodeTensors } from '../model/weights.ts';
import { breathe, leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { AmsGrad } from './amsgrad.ts';
import { encodeCheckpoint, encodeWeights, restoreCheckpoint } from './checkpoint.ts';
import { openDataset } from './dataset.ts';
import { fit, type Training } from './fit.ts';
import { type Labelled, pixelError } from './metrics.ts';
import { type Facts, readModelRow, recordEpoch, recordFacts, recordLooseWeights, recordPixelError } from './record.ts';
import { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function runTraining(ctx: TaskContext): Promise<TaskResult> {
  const model = await readModelRow(ctx);
  const { training, facts } = await prepare(ctx, model);
  try {
    await recordFacts(ctx, facts);
    const resumed = model.checkpointBlob
      ? restoreCheckpoint(training, await loadBlob(ctx.blobs, model.checkpointBlob))
      : null;
    const { stopped, looseSteps } = resumed?.finished
      ? { stopped: false, looseSteps: 0 }
      : await fit(training, {
          report: ctx.report,
          shouldStop: () => {
            leaveIfAsked(ctx);
            return ctx.requested() === 'stop';
          },
          epochEnded: async (row, { isBest, last }) => {
            const state = { nextEpoch: row.epoch + 1, finished: last, bestValLoss: training.bestValLoss };
            const weights = isBest ? await encodeWeights(training) : null;
            await recordEpoch(ctx, row, { checkpoint: await encodeCheckpoint(training, state), weights });
          },
        });

    if (training.bestValLoss === Number.POSITIVE_INFINITY) {
      await recordLooseWeights(ctx, await encodeWeights(training));
      await addWarning(
        ctx.db,
        ctx.task.lease,
        `Stopped in the first epoch: the weights kept are those after ${looseSteps} steps.`,
      );
    }
    await evaluate(ctx, training, facts);
    return { end: 'succeeded', stoppedEarly: stopped };
  } finally {
    training.optimizer.dispose();
    training.network.dispose();
  }
}

/** The dataset read, the network built, nothing trained yet. */
async function prepare(
  ctx: TaskContext,
  model: Awaited<ReturnType<typeof readModelRow>>,
): Promise<{ training: Training; facts: Facts }> {
  const config = trainingConfigSchema.parse(model.trainingConfig);
  const { skeleton, images, points } = await openDataset(ctx, model.datasetBlob);

  ctx.report('preparing the network');
  const networkInput = { channels: images.channels, widthPx: images.widthPx, heightPx: images.heightPx };
  const split = splitFrames(points.length, config.test_fraction, model.seed);
  const { network, geometry } = networkOf(config, networkInput, skeleton.keypoints.length, model.seed);
  const training: Training = {
    config,
    seed: model.seed,
    network,
    optimizer: new AmsGrad(namedWeights(network), config.learning_rate),
    schedule: new ReduceLrOnPlateau(config.learning_rate_schedule),
    stopping: new EarlyStopping(config.early_stopping),
    labelled: { images, points, geometry, stride: config.heads_output_stride, sigma: config.heads_sigma },
    split,
    firstEpoch: 0,
    bestValLoss: Number.POSITIVE_INFINITY,
  };
  const facts: Facts = {
    skeleton,
    networkInput,
    frames: { train: split.train.length, validation: split.validation.length },
    parameters: network.countParams(),
  };
  return { training, facts };
}

/** The error of the best weights over the validation frames, in pixels of the original images. */
async function evaluate(ctx: TaskContext, training: Training, { skeleton, networkInput }: Facts): Promise<void> {
  const { network, labelled, split, config } = training;
  const { bestBlob } = await readModelRow(ctx);
  restoreWeights(network, decodeTensors(await loadBlob(ctx.blobs, bestBlob!)));
  const predictor = new Predictor(network, { trained: networkInput, frame: networkInput, config });
  const results: Labelled[] = [];
  for (const frame of split.validation) {
    leaveIfAsked(ctx);
    const predicted = await predictor.predict(await labelled.images.read(frame));
    const own = labelled.images.scaleOf(frame);
    results.push({
      truth: labelled.points[frame]!,
      predicted: predicted.map((value, i) => (i % 3 === 2 ? value : rescale(value, 1 / own))),
    });
    ctx.report('validating', { done: results.length, total: split.validation.length, unit: 'frames' });
    await breathe();
  }
  const trainingTruth = split.train.map(frame => labelled.points[frame]!);
  await recordPixelError(ctx, pixelError(skeleton.keypoints, results, trainingTruth));
}
