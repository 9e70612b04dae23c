/** Ending work by request: stop keeps the best weights, cancel discards. */
import type { TaskResource } from '../contract/task.ts';
import { AppError } from '../errors.ts';
import { controlTask } from '../queue/control.ts';
import type { ServiceContext } from './context.ts';
import { findModelAndTask, findTask } from './find.ts';
import { readTask } from './read.ts';

/** @returns a sentence about what happens now. @throws AppError not_found; not_training. */
export async function stopTraining(ctx: ServiceContext, modelUid: string | undefined): Promise<string> {
  const { model, task } = await findModelAndTask(ctx, modelUid);
  // Half an import is nothing to keep.
  const control = task.kind === 'import' ? 'cancel' : 'stop';
  const outcome = await controlTask(ctx.client.db, task.id, control);
  if (outcome === null || outcome.result === 'finished')
    throw new AppError('not_training', `Model ${model.uid} is not training.`);
  if (task.kind === 'import') return 'The import ends and leaves nothing behind.';
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
