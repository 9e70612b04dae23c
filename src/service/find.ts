/** Looking up a model by the uid a client gave. A text that is no UUID names no model: both are not_found, as in the first service. */
import { eq } from 'drizzle-orm';
import { modelUidSchema } from '../contract/training.ts';
import { models, tasks } from '../db/schema.ts';
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

/** @throws AppError not_found. */
export async function findModel(ctx: ServiceContext, uid: string | undefined): Promise<typeof models.$inferSelect> {
  const id = requireUuid(uid, 'model_uid');
  const [model] = await ctx.client.db.select().from(models).where(eq(models.uid, id));
  if (!model) throw new AppError('not_found', `Model ${id} does not exist.`);
  return model;
}

/** @throws AppError not_found. */
export async function findTask(ctx: ServiceContext, taskId: string | undefined): Promise<typeof tasks.$inferSelect> {
  const id = requireUuid(taskId, 'task_id');
  const [task] = await ctx.client.db.select().from(tasks).where(eq(tasks.id, id));
  if (!task) throw new AppError('not_found', `Task ${id} does not exist.`);
  return task;
}
