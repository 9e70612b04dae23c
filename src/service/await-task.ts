/** Waiting for the end of a task, for a client that would rather wait than ask again. */
import { eq } from 'drizzle-orm';
import { isEndState, type TaskStatus } from '../contract/task.ts';
import { tasks } from '../db/schema-queue.ts';
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { turns } from './turns.ts';

/** Shortest time between two looks at a task that somebody waits for. */
const MIN_INTERVAL_MS = 50;

export type TaskOutcome = Pick<TaskStatus, 'state' | 'error'>;

/**
 * Waits for the end of a task, or until the signal fires.
 * @returns how it stands then; null: it is gone, with what it was about.
 */
export async function awaitTask(
  ctx: ServiceContext & { changes: ChangeFeed },
  taskId: string,
  signal: AbortSignal,
): Promise<TaskOutcome | null> {
  const first = await findOutcome(ctx, taskId);
  if (first === null || isEndState(first.state)) return first && outcomeOf(first);
  const subject = first.modelUid ?? first.checkId;
  for await (const _ of turns(ctx, { subject, intervalMs: MIN_INTERVAL_MS }, signal)) {
    const task = await findOutcome(ctx, taskId);
    if (task === null || isEndState(task.state)) return task && outcomeOf(task);
  }
  const last = await findOutcome(ctx, taskId);
  return last && outcomeOf(last);
}

async function findOutcome(ctx: ServiceContext, taskId: string) {
  const { state, error, modelUid, checkId } = tasks;
  const [task] = await ctx.client.db
    .select({ state, error, modelUid, checkId })
    .from(tasks)
    .where(eq(tasks.id, taskId));
  return task ?? null;
}

function outcomeOf({ state, error }: TaskOutcome): TaskOutcome {
  return { state, error };
}
