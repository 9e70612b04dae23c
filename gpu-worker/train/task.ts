/**
 * A training task from claim to end: prepare, the loop of fit.ts, the error of the best weights.
 * Everything that has to survive a crash is in the database after each checkpoint; a second attempt finds it there and goes on.
 */
import { loadBlob } from '../../src/blobs/blob-store.ts';
import { AppError } from '../../src/errors.ts';
import { addWarning } from '../../src/queue/lease.ts';
import { restoreWeights } from '../model/network.ts';
import { decodeTensors } from '../model/weights.ts';
import { storeModelFiles } from '../model-files.ts';
import { type ComputeContext, leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { encodeCheckpoint, encodeWeights, restoreCheckpoint } from './checkpoint.ts';
import { fit } from './fit.ts';
import { checkpointLine, epochLines, factsSentence, resumedSentence } from './log-lines.ts';
import { pixelError } from './metrics.ts';
import { prepareTraining } from './prepare.ts';
import {
  readModelRow,
  recordCheckpoint,
  recordEpoch,
  recordFacts,
  recordLooseWeights,
  recordResult,
} from './record.ts';
import { samplePoints, storeSamples } from './samples.ts';
import type { FitEvents, Training } from './training.ts';
import { validate } from './validate.ts';

/** A checkpoint may take this share of the time since the one before. */
const CHECKPOINT_SHARE = 0.05;

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function runTraining(ctx: ComputeContext): Promise<TaskResult> {
  const model = await readModelRow(ctx);
  const { training, facts, names } = await prepareTraining(ctx, model);
  try {
    await recordFacts(ctx, facts);
    const samples = await storeSamples(ctx, training, names);
    ctx.log('info', factsSentence(facts));
    const resumed = model.checkpointBlob
      ? restoreCheckpoint(training, await loadBlob(ctx.blobs, model.checkpointBlob))
      : null;
    if (resumed) ctx.log('info', resumedSentence(training, resumed.finished));
    const { stopped, looseSteps } = resumed?.finished
      ? { stopped: false, looseSteps: 0 }
      : await fit(training, eventsOf(ctx, training, samples)).catch(async error => {
          // What was reached before it diverged is a model all the same.
          const diverged = error instanceof AppError && error.code === 'nan_loss';
          if (diverged && Number.isFinite(training.bestValLoss)) await finish(ctx, training);
          throw error;
        });
    if (!Number.isFinite(training.bestValLoss)) {
      await recordLooseWeights(ctx, await encodeWeights(training));
      const sentence = `Stopped in the first epoch: the weights kept are those after ${looseSteps} steps.`;
      await addWarning(ctx.db, ctx.task.lease, sentence);
    }
    await finish(ctx, training);
    return { end: 'succeeded', stoppedEarly: stopped };
  } finally {
    await training.examples.close();
    training.optimizer.dispose();
    training.network.dispose();
  }
}

/** @param samples places of the sample frames in the validation split. */
function eventsOf(ctx: TaskContext, training: Training, samples: readonly number[]): FitEvents {
  let savedAtMs = performance.now();
  let savingMs = 0;
  const save = async (write: () => Promise<void>) => {
    const startedMs = performance.now();
    await write();
    savedAtMs = performance.now();
    savingMs = savedAtMs - startedMs;
  };
  const checkpoint = () =>
    save(async () =>
      recordCheckpoint(ctx, await encodeCheckpoint(training, { finished: false }), checkpointLine(training)),
    );
  return {
    report: ctx.report,
    shouldStop: async settle => {
      if (ctx.requested() === 'release') {
        await settle();
        await checkpoint();
      }
      leaveIfAsked(ctx);
      return ctx.requested() === 'stop';
    },
    checkpointDue: () =>
      performance.now() - savedAtMs > Math.max(1000 * ctx.config.CHECKPOINT_SECONDS, savingMs / CHECKPOINT_SHARE),
    checkpoint,
    note: message => ctx.log('info', message),
    halved: microBatch =>
      addWarning(
        ctx.db,
        ctx.task.lease,
        `The device ran out of memory: batches of ${training.config.batch_size} are computed in pieces of ${microBatch}. A batch_size of ${microBatch} would be one piece.`,
      ),
    epochEnded: (row, { metrics, results }, now) =>
      save(async () => {
        const weights = now.isBest ? await encodeWeights(training) : null;
        const checkpoint = await encodeCheckpoint(training, { finished: now.last });
        const lines = epochLines(training, row, now);
        const epoch = { row, metrics, lines, samples: samplePoints(results, samples) };
        await recordEpoch(ctx, epoch, { checkpoint, weights });
      }),
  };
}

/** What the best weights reach on the validation frames and on those held out, and the files that others read them from. */
async function finish(ctx: TaskContext, training: Training): Promise<void> {
  const { network, labelled, split, keypoints } = training;
  const { bestBlob } = await readModelRow(ctx);
  restoreWeights(network, decodeTensors(await loadBlob(ctx.blobs, bestBlob!)));
  const events = {
    report: ctx.report,
    // A stop was obeyed already: this is what it keeps.
    shouldStop: async () => {
      leaveIfAsked(ctx);
      return false;
    },
  };
  const validation = await validate(training, split.validation, events);
  const holdout = split.holdout.length > 0 ? await validate(training, split.holdout, events) : null;
  const trainingTruth = split.train.map(frame => labelled.points[frame]!);
  const reached = {
    pixelError: pixelError(keypoints, validation!.results, trainingTruth),
    evaluation: { validation: validation!.metrics, holdout: holdout?.metrics ?? null },
  };
  ctx.report('writing the model files');
  await recordResult(ctx, reached, await storeModelFiles(ctx, network));
}
