/** Reading models and tasks, in the shapes of src/contract. What old clients poll is in polled.ts. Inferences are in inferences.ts, their results in results.ts and predictions.ts. */
import { asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { type EpochRow, type ModelResource, originOf } from '../contract/model.ts';
import type { NetworkInput } from '../contract/network-input.ts';
import { isEndState, type TaskResource, type TaskStatus } from '../contract/task.ts';
import { epochs, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { waitingBefore } from '../queue/waiting.ts';
import type { ServiceContext } from './context.ts';
import { findTask, isOwnTask, requireUuid } from './find.ts';
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

/** An epoch's line of the log, without its metrics, which are a hundred times as large. */
const epochColumns = {
  epoch: epochs.epoch,
  loss: epochs.loss,
  valLoss: epochs.valLoss,
  lr: epochs.lr,
  seconds: epochs.seconds,
};

/** The epochs of a model, in order. */
export async function readEpochs(ctx: ServiceContext, modelUid: string): Promise<EpochRow[]> {
  const rows = await ctx.client.db
    .select(epochColumns)
    .from(epochs)
    .where(eq(epochs.modelUid, modelUid))
    .orderBy(asc(epochs.epoch));
  return rows.map(asEpochRow);
}

/** @throws AppError not_found. */
export async function readTask(ctx: ServiceContext, taskId: string | undefined): Promise<TaskResource> {
  const task = await findTask(ctx, taskId);
  return asTaskResource(task, await waitingBefore(ctx.client.db, [task]));
}

/** @param waiting what queue/waiting.ts says of it. */
export function asTaskResource(task: typeof tasks.$inferSelect, waiting: ReadonlyMap<string, number>): TaskResource {
  return {
    task_id: task.id,
    kind: task.kind,
    ...statusOf(task, waiting.get(task.id) ?? null),
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
    .select(epochColumns)
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
  const waiting = await waitingBefore(
    db,
    rows.map(({ task }) => task),
  );
  return new Map(
    rows.map(({ model, task, last }) => {
      const status = statusOf(task, waiting.get(task.id) ?? null);
      return [model.uid, asModelResource(model, task, status, last && asEpochRow(last))];
    }),
  );
}

function asModelResource(
  model: typeof models.$inferSelect,
  task: typeof tasks.$inferSelect,
  status: TaskStatus,
  lastEpoch: EpochRow | null,
): ModelResource {
  return {
    model_uid: model.uid,
    task_id: task.id,
    name: model.name,
    tags: model.tags,
    ...status,
    origin: originOf(task.kind),
    training_config: model.trainingConfig,
    seed: model.seed,
    keypoints: model.skeleton?.keypoints ?? null,
    edges: model.skeleton?.edges ?? null,
    frames: model.frames,
    parameters: model.parameters,
    input: model.networkInput && inputOf(model.networkInput),
    device: model.environment?.device ?? null,
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

function inputOf({ widthPx, heightPx, channels, frozen }: NetworkInput): ModelResource['input'] {
  return { width_px: widthPx, height_px: heightPx, channels, frozen };
}

export function asEpochRow(row: Omit<typeof epochs.$inferSelect, 'modelUid' | 'metrics'>): EpochRow {
  return { epoch: row.epoch, loss: row.loss, val_loss: row.valLoss, lr: row.lr, seconds: row.seconds };
}
