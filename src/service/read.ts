/** Reading models and tasks, in the shapes of src/contract. Inferences are in inferences.ts, their results in results.ts and predictions.ts. */
import { asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { type EpochRow, type ModelResource, modelUidSchema, originOf } from '../contract/model.ts';
import { isEndState, type TaskResource } from '../contract/task.ts';
import { epochs, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { findModel, findTask, isOwnTask, requireUuid } from './find.ts';
import { iso, statusOf } from './status.ts';

const LISTED_MODELS = 100;

/** The newest models first, at most 100: what the page shows. All of them, in pages, are in lists.ts. */
export async function listModels(ctx: ServiceContext): Promise<ModelResource[]> {
  const newest = await ctx.client.db
    .select({ uid: models.uid })
    .from(models)
    .orderBy(desc(models.createdAt), desc(models.uid))
    .limit(LISTED_MODELS);
  const byUid = await readModels(
    ctx,
    newest.map(model => model.uid),
  );
  return newest.flatMap(({ uid }) => byUid.get(uid) ?? []);
}

/** @throws AppError not_found. */
export async function readModel(ctx: ServiceContext, modelUid: string | undefined): Promise<ModelResource> {
  const uid = requireUuid(modelUid, 'model_uid');
  const model = (await readModels(ctx, [uid])).get(uid);
  if (!model) throw new AppError('not_found', `Model ${uid} does not exist.`);
  return model;
}

/** Epochs after `afterEpoch`, in order; all of them for -1. */
export async function readEpochs(ctx: ServiceContext, modelUid: string, afterEpoch = -1): Promise<EpochRow[]> {
  const rows = await ctx.client.db
    .select()
    .from(epochs)
    .where(sql`${eq(epochs.modelUid, modelUid)} and ${gt(epochs.epoch, afterEpoch)}`)
    .orderBy(asc(epochs.epoch));
  return rows.map(asEpochRow);
}

/** The training log as the first service gave it: {} before the first epoch, then one object a column, keyed by the epoch. */
export async function learningStats(
  ctx: ServiceContext,
  modelUid: string | undefined,
): Promise<Record<string, Record<string, number>>> {
  const { uid } = await findModel(ctx, modelUid);
  const rows = await readEpochs(ctx, uid);
  if (rows.length === 0) return {};
  const column = (name: 'loss' | 'lr' | 'val_loss') => Object.fromEntries(rows.map(row => [row.epoch, row[name]]));
  return { loss: column('loss'), lr: column('lr'), val_loss: column('val_loss') };
}

/** When each model's training ended, in the order asked for. @throws AppError invalid_request; not_found naming the unknown ones. */
export async function finishedTrainingAt(ctx: ServiceContext, uids: string[]) {
  const malformed = uids.filter(uid => !modelUidSchema.safeParse(uid).success);
  if (malformed.length > 0)
    throw new AppError('invalid_request', `Not a model uid: ${malformed.join(', ').slice(0, 200)}.`);
  const ids = uids.map(uid => uid.toLowerCase());
  const byUid = await readModels(ctx, ids);
  const unknown = ids.filter(uid => !byUid.has(uid));
  if (unknown.length > 0) throw new AppError('not_found', `Unknown model uid: ${unknown.join(', ')}.`);
  return ids.map(uid => ({ uid, finished_training_at: byUid.get(uid)!.finished_training_at }));
}

/** @throws AppError not_found. */
export async function readTask(ctx: ServiceContext, taskId: string | undefined): Promise<TaskResource> {
  return asTaskResource(await findTask(ctx, taskId));
}

export function asTaskResource(task: typeof tasks.$inferSelect): TaskResource {
  return {
    task_id: task.id,
    kind: task.kind,
    ...statusOf(task),
    model_uid: task.modelUid,
    results_id: task.inferenceId,
    check_id: task.checkId,
    created_at: task.createdAt.toISOString(),
    started_at: iso(task.startedAt),
    finished_at: iso(task.finishedAt),
  };
}

/** Those of them that there are, by uid. */
export async function readModels(ctx: ServiceContext, uids: string[]): Promise<Map<string, ModelResource>> {
  if (uids.length === 0) return new Map();
  const { db } = ctx.client;
  // One look into the index a model; its other epochs, with their metrics, are not read.
  const last = db
    .select({
      epoch: epochs.epoch,
      loss: epochs.loss,
      valLoss: epochs.valLoss,
      lr: epochs.lr,
      seconds: epochs.seconds,
    })
    .from(epochs)
    .where(eq(epochs.modelUid, models.uid))
    .orderBy(desc(epochs.epoch))
    .limit(1)
    .as('last');
  const rows = await db
    .select({ model: models, task: tasks, last: last._.selectedFields })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .leftJoinLateral(last, sql`true`)
    .where(inArray(models.uid, uids));
  return new Map(
    rows.map(({ model, task, last }) => [model.uid, asModelResource(model, task, last && asEpochRow(last))]),
  );
}

function asModelResource(
  model: typeof models.$inferSelect,
  task: typeof tasks.$inferSelect,
  lastEpoch: EpochRow | null,
): ModelResource {
  return {
    model_uid: model.uid,
    task_id: task.id,
    name: model.name,
    tags: model.tags,
    ...statusOf(task),
    origin: originOf(task.kind),
    training_config: model.trainingConfig,
    seed: model.seed,
    keypoints: model.skeleton?.keypoints ?? null,
    frames: model.frames,
    parameters: model.parameters,
    initial_weights: model.networkInput?.initialWeights ?? null,
    epochs: lastEpoch === null ? 0 : lastEpoch.epoch + 1,
    best_epoch: model.bestEpoch,
    last_epoch: lastEpoch,
    pixel_error: model.pixelError,
    evaluation: model.evaluation,
    has_weights: model.bestBlob !== null,
    currently_training: !isEndState(task.state),
    created_at: model.createdAt.toISOString(),
    started_training_at: iso(task.startedAt),
    finished_training_at: iso(task.finishedAt),
  };
}

export function asEpochRow(row: Omit<typeof epochs.$inferSelect, 'modelUid' | 'metrics'>): EpochRow {
  return { epoch: row.epoch, loss: row.loss, val_loss: row.valLoss, lr: row.lr, seconds: row.seconds };
}
