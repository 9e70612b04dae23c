/**
 * What a person asks of a task: `stop` (keep the best weights) or `cancel` (discard).
 *
 * A task in a worker's hands gets a mark, which the worker reads between batches. A task in nobody's hands (queued, or its worker fell
 * silent for longer than its lease) ends here and now, so a stop never waits for a worker that may not come.
 */
import { and, eq, sql } from 'drizzle-orm';
import { isEndState, type TaskControl, type TaskState } from '../contract/task.ts';
import type { Database, Executor } from '../db/client.ts';
import { models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { notify, notifyChange } from './listen.ts';
import { appendLog, countLines } from './log.ts';
import { askedLine, endedUnheldLine } from './log-lines.ts';
import { tell } from './tell.ts';
import { tidyEndedTask } from './training-state.ts';

/** `asked`: the worker was told. `ended`: the task ended now. `finished`: it had ended before. null: no such task. */
export type ControlResult = { result: 'asked' | 'ended' | 'finished'; state: TaskState } | null;

export async function controlTask(db: Database, taskId: string, control: TaskControl): Promise<ControlResult> {
  return db.transaction(async tx => {
    const [task] = await tx
      .select({
        kind: tasks.kind,
        state: tasks.state,
        control: tasks.control,
        modelUid: tasks.modelUid,
        checkId: tasks.checkId,
        held: sql<boolean>`coalesce(${tasks.leaseUntil} >= now(), false)`,
      })
      .from(tasks)
      .where(eq(tasks.id, taskId))
      .for('update');
    if (!task) return null;
    if (isEndState(task.state)) return { result: 'finished', state: task.state };

    if (task.held) {
      // A cancel outweighs a stop that was asked before it, never the other way round.
      await tx
        .update(tasks)
        .set({ control: sql`case when ${tasks.control} = 'cancel' then 'cancel' else ${control} end` })
        .where(eq(tasks.id, taskId));
      if (task.control !== control && task.control !== 'cancel') await appendLog(tx, taskId, [askedLine(control)]);
      await notify(tx, 'work', taskId);
      await notifyChange(tx, task);
      return { result: 'asked', state: task.state };
    }

    // A training that was interrupted after an epoch has weights worth keeping.
    const isStopped = control === 'stop' && task.kind === 'train' && (await hasWeights(tx, task.modelUid!));
    const state = isStopped ? 'succeeded' : 'canceled';
    const [row] = await tx
      .update(tasks)
      .set({
        state,
        stoppedEarly: state === 'succeeded',
        phase: 'done',
        control: null,
        leaseToken: null,
        leaseUntil: null,
        finishedAt: sql`now()`,
        logLines: countLines(1),
      })
      .where(eq(tasks.id, taskId))
      .returning();
    await tell(tx, row!, endedUnheldLine(task.kind, isStopped), state);
    await tidyEndedTask(tx, row!);
    return { result: 'ended', state };
  });
}

async function hasWeights(tx: Executor, modelUid: string): Promise<boolean> {
  const kept = await tx
    .select({ uid: models.uid })
    .from(models)
    .where(and(eq(models.uid, modelUid), sql`${models.bestBlob} is not null`));
  return kept.length > 0;
}
