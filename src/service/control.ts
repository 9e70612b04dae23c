/** Ending work by request: stop keeps the best weights, cancel discards. */
import { and, eq } from 'drizzle-orm';
import type { TaskResource } from '../contract/task.ts';
import { tasks } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import { controlTask } from '../queue/control.ts';
import type { ServiceContext } from './context.ts';
import { findModel, findTask } from './find.ts';
import { readTask } from './read.ts';

/** @returns a sentence about what happens now. @throws AppError not_found; not_training. */
export async function stopTraining(ctx: ServiceContext, modelUid: string | undefined): Promise<string> {
  const { uid } = await findModel(ctx, modelUid);
  const [task] = await ctx.client.db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.modelUid, uid), eq(tasks.kind, 'train')));
  const outcome = task ? await controlTask(ctx.client.db, task.id, 'stop') : null;
  if (outcome === null || outcome.result === 'finished')
    throw new AppError('not_training', `Model ${uid} is not training.`);
  if (outcome.result === 'asked') return 'The training stops after the running batch and keeps its best weights.';
  return outcome.state === 'succeeded'
    ? 'The training was stopped; its best weights are kept.'
    : 'The training was taken out of the queue.';
}

/** @throws AppError not_found; already_finished. */
export async function cancelTask(ctx: ServiceContext, taskId: string | undefined): Promise<TaskResource> {
  const { id } = await findTask(ctx, taskId);
  const outcome = await controlTask(ctx.client.db, id, 'cancel');
  if (outcome?.result === 'finished')
    throw new AppError('already_finished', `Task ${id} has ended already: ${outcome.state}.`);
  return readTask(ctx, id);
}
