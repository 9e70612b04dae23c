/**
 * What clients of the first service ask for every few seconds, of every model they know: so each is one query, by key, for no column that is not
 * told. An epoch's metrics are a hundred times as large as its line of the log.
 */
import { eq, inArray } from 'drizzle-orm';
import { modelUidSchema } from '../contract/model.ts';
import { isEndState } from '../contract/task.ts';
import { models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { findModel, isOwnTask, requireUuid } from './find.ts';
import { readEpochs } from './read.ts';
import { iso } from './status.ts';

/**
 * The training log: {} before the first epoch has ended, then one object a column, keyed by the epoch.
 * @throws AppError not_found.
 */
export async function learningStats(
  ctx: ServiceContext,
  modelUid: string | undefined,
): Promise<Record<string, Record<string, number>>> {
  const uid = requireUuid(modelUid, 'model_uid');
  const rows = await readEpochs(ctx, uid);
  if (rows.length === 0) {
    await findModel(ctx, uid);
    return {};
  }
  const column = (name: 'loss' | 'lr' | 'val_loss') => Object.fromEntries(rows.map(row => [row.epoch, row[name]]));
  return { loss: column('loss'), lr: column('lr'), val_loss: column('val_loss') };
}

/** A training's configuration as it was sent, and where it stands. @throws AppError not_found. */
export async function modelInfo(ctx: ServiceContext, modelUid: string | undefined) {
  const uid = requireUuid(modelUid, 'model_uid');
  const [row] = await ctx.client.db
    .select({
      config: models.trainingConfig,
      seed: models.seed,
      state: tasks.state,
      stoppedEarly: tasks.stoppedEarly,
      startedAt: tasks.startedAt,
      finishedAt: tasks.finishedAt,
      warnings: tasks.warnings,
      error: tasks.error,
    })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .where(eq(models.uid, uid));
  if (!row) throw new AppError('not_found', `Model ${uid} does not exist.`);
  return { ...row, isTraining: !isEndState(row.state) };
}

/** When each model's training ended, in the order asked for. @throws AppError invalid_request; not_found naming the unknown ones. */
export async function finishedTrainingAt(ctx: ServiceContext, uids: string[]) {
  const malformed = uids.filter(uid => !modelUidSchema.safeParse(uid).success);
  if (malformed.length > 0)
    throw new AppError('invalid_request', `Not a model uid: ${malformed.join(', ').slice(0, 200)}.`);
  const ids = uids.map(uid => uid.toLowerCase());
  const rows = await ctx.client.db
    .select({ uid: models.uid, finishedAt: tasks.finishedAt })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .where(inArray(models.uid, ids));
  const byUid = new Map(rows.map(({ uid, finishedAt }) => [uid, iso(finishedAt)]));
  const unknown = ids.filter(uid => !byUid.has(uid));
  if (unknown.length > 0) throw new AppError('not_found', `Unknown model uid: ${unknown.join(', ')}.`);
  return ids.map(uid => ({ uid, finished_training_at: byUid.get(uid)! }));
}
