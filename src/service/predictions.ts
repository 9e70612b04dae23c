/**
 * What an inference found, as the files are made from it: so far while it runs, and all of it once it ended, however it ended.
 * Which frames that are is settled when it is opened; they are read as a file is sent.
 */
import { and, eq } from 'drizzle-orm';
import { inferenceConfigSchema } from '../contract/inference.ts';
import { inferences, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { Predictions } from '../exports/predictions.ts';
import { readAhead } from '../exports/read-ahead.ts';
import type { ServiceContext } from './context.ts';
import { requireResultsId } from './find.ts';
import { listRuns, readRun } from './prediction-chunks.ts';

export interface OpenPredictions extends Predictions {
  /** Of the inference's own task: unlike the number of an inference it is never given twice, in no database. */
  taskId: string;
}

/** @throws AppError not_found. */
export async function openPredictions(ctx: ServiceContext, resultsId: string | number): Promise<OpenPredictions> {
  const id = requireResultsId(resultsId);
  const [row] = await ctx.client.db
    .select({ inference: inferences, taskId: tasks.id, state: tasks.state, skeleton: models.skeleton })
    .from(inferences)
    .innerJoin(tasks, and(eq(tasks.inferenceId, inferences.id), eq(tasks.kind, 'infer')))
    .innerJoin(models, eq(models.uid, inferences.modelUid))
    .where(eq(inferences.id, id));
  if (!row) throw new AppError('not_found', `Inference ${id} does not exist.`);
  const { inference, taskId, state } = row;
  // A model with weights has a skeleton.
  const skeleton = row.skeleton!;
  const keypoints = skeleton.keypoints.length;
  // After the state, so that what calls itself finished is whole.
  const runs = await listRuns(ctx, id, keypoints);
  return {
    resultsId: id,
    taskId,
    state,
    skeleton,
    modelUid: inference.modelUid,
    fileName: inference.fileName,
    video: inference.video,
    inferenceConfig: inferenceConfigSchema.parse(inference.config),
    createdAt: inference.createdAt,
    runs,
    read: readAhead(runs, run => readRun(ctx, id, run, keypoints)),
  };
}
