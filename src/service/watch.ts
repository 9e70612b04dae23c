/** What the event streams of a model and of the list of models carry; see watch-task.ts. */
import { sql } from 'drizzle-orm';
import type { ModelEvent } from '../contract/events.ts';
import type { ModelResource } from '../contract/model.ts';
import { isEndState } from '../contract/task.ts';
import { listModels, readModel } from './read.ts';
import { iso, statusOf } from './status.ts';
import type { Task } from './task-turn.ts';
import { turns } from './turns.ts';
import { type Beside, type Reader, type WatchContext, watchTask } from './watch-task.ts';

const MIN_LIST_INTERVAL_MS = 1000;

/** The events of the training or import that makes the model, and the whole model whenever it changed. @throws AppError not_found at the first turn. */
export function watchModel(
  ctx: WatchContext,
  { task_id: taskId, model_uid: modelUid }: Pick<ModelResource, 'task_id' | 'model_uid'>,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  let model: ModelResource;
  const beside: Beside<Extract<ModelEvent, { event: 'model' }>> = {
    // The number of the transaction that wrote the row last, and the last epoch, which the resource tells too.
    stamp: sql`(
      select concat_ws(' ', m.xmin, (select max(e.epoch) from epochs e where e.model_uid = m.uid))
      from models m where m.uid = tasks.model_uid)`,
    async event(task, stampChanged) {
      model = stampChanged ? await readModel(ctx, modelUid) : { ...model, ...standOf(task) };
      return { event: 'model', data: model };
    },
    isOpen: () => false,
  };
  const isWanted = reader.events === null || reader.events.has('model');
  return watchTask(ctx, taskId, reader, signal, isWanted ? beside : undefined);
}

/** What a model's resource has from its task. */
function standOf(task: Task) {
  return {
    ...statusOf(task, task.waitingBefore),
    currently_training: !isEndState(task.state),
    started_training_at: iso(task.startedAt),
    finished_training_at: iso(task.finishedAt),
  };
}

/** The list of models, again whenever something in it changed. */
export async function* watchModels(
  ctx: WatchContext,
  signal: AbortSignal,
): AsyncGenerator<{ event: 'models'; data: { models: ModelResource[] } }> {
  let sent = '';
  for await (const _ of turns(ctx, { subject: null, intervalMs: MIN_LIST_INTERVAL_MS }, signal)) {
    const data = { models: await listModels(ctx) };
    const text = JSON.stringify(data);
    if (text !== sent) yield { event: 'models', data };
    sent = text;
  }
}
