/** Looking up a model, a task or an inference by what a client gave. A text that is no id names none: both are not_found, as in the first service. */
import { and, eq, inArray } from 'drizzle-orm';
import { resultIdSchema } from '../contract/inference.ts';
import { modelUidSchema } from '../contract/model.ts';
import type { TaskKind } from '../contract/task.ts';
import type { Executor } from '../db/client.ts';
import { models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';

export function requireUuid(uid: string | undefined, what: string): string {
  const parsed = modelUidSchema.safeParse(uid);
  if (parsed.success) return parsed.data.toLowerCase();
  throw new AppError(
    'not_found',
    uid ? `"${uid.slice(0, 80)}" is no ${what}: that is a UUID.` : `No ${what} was given.`,
    {
      remedy: `Give the ${what} that the submission answered with.`,
    },
  );
}

/** The number of an inference. @throws AppError not_found for what cannot be one. */
export function requireResultsId(given: string | number): number {
  const parsed = resultIdSchema.safeParse(String(given));
  if (parsed.success) return parsed.data;
  throw new AppError('not_found', `"${String(given).slice(0, 80)}" is no results_id: that is a whole number.`, {
    remedy: 'Give the results_id that the submission answered with.',
  });
}

const ORIGIN_KINDS: TaskKind[] = ['train', 'import'];

/** True for a model's own task: its training or its import, of which there is one. */
export const isOwnTask = and(eq(tasks.modelUid, models.uid), inArray(tasks.kind, ORIGIN_KINDS));

/** @throws AppError not_found. */
export async function findModel(ctx: ServiceContext, uid: string | undefined): Promise<typeof models.$inferSelect> {
  const id = requireUuid(uid, 'model_uid');
  const [model] = await ctx.client.db.select().from(models).where(eq(models.uid, id));
  if (!model) throw new AppError('not_found', `Model ${id} does not exist.`);
  return model;
}

/**
 * Keeps a model from being deleted until the transaction ends; call it before writing what refers to the model.
 * @throws AppError not_found when it was deleted meanwhile.
 */
export async function holdModel(tx: Executor, uid: string): Promise<void> {
  const [model] = await tx.select({ uid: models.uid }).from(models).where(eq(models.uid, uid)).for('key share');
  if (!model) throw new AppError('not_found', `Model ${uid} does not exist.`);
}

/** A model with its own task. @throws AppError not_found. */
export async function findModelAndTask(ctx: ServiceContext, modelUid: string | undefined) {
  const uid = requireUuid(modelUid, 'model_uid');
  const [row] = await ctx.client.db
    .select({ model: models, task: tasks })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .where(eq(models.uid, uid));
  if (!row) throw new AppError('not_found', `Model ${uid} does not exist.`);
  return row;
}

/** @throws AppError not_found. */
export async function findTask(ctx: ServiceContext, taskId: string | undefined): Promise<typeof tasks.$inferSelect> {
  const id = requireUuid(taskId, 'task_id');
  const [task] = await ctx.client.db.select().from(tasks).where(eq(tasks.id, id));
  if (!task) throw new AppError('not_found', `Task ${id} does not exist.`);
  return task;
}
