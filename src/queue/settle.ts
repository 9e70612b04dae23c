/** Ends a worker's hold on a task, one way or another. Guarded by the lease: a worker that lost it changes nothing. */
import { sql } from 'drizzle-orm';
import { isEndState, type Progress, type TaskError } from '../contract/task.ts';
import type { Database } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';
import type { Lease } from './claim.ts';
import { holds, leaseLost } from './lease.ts';
import { notify } from './listen.ts';
import { countLines, withoutNul } from './log.ts';
import { settledLine } from './log-lines.ts';
import { tell } from './tell.ts';
import { tidyEndedTask } from './training-state.ts';

export type Outcome =
  /** `progress`: the last one, which no renewal may have written down yet. */
  | { end: 'succeeded'; stoppedEarly?: boolean; progress?: Progress | null }
  | { end: 'failed'; error: TaskError }
  | { end: 'canceled' }
  /** The worker shuts down: back into the queue, and the attempt does not count. */
  | { end: 'released' }
  /** The work crashed: back into the queue, or failed with this error when it was the last attempt. */
  | { end: 'crashed'; error: TaskError };

/** @throws AppError lease_lost. */
export async function settleTask(db: Database, lease: Lease, outcome: Outcome): Promise<void> {
  await db.transaction(async tx => {
    const [row] = await tx
      .update(tasks)
      .set({ ...changes(cleaned(outcome)), logLines: countLines(1) })
      .where(holds(lease))
      .returning();
    if (!row) throw leaseLost(lease);
    const line = settledLine(row, 'error' in outcome ? outcome.error : undefined);
    await tell(tx, row, line, isEndState(row.state) ? row.state : null);
    if (isEndState(row.state)) await tidyEndedTask(tx, row);
    else await notify(tx, 'work', row.id);
  });
}

/** A task that failed has to be settled whatever the error quotes. */
function cleaned(outcome: Outcome): Outcome {
  if (!('error' in outcome)) return outcome;
  const { code, message, remedy } = outcome.error;
  return { ...outcome, error: { code, message: withoutNul(message), remedy: remedy && withoutNul(remedy) } };
}

const letGo = { leaseToken: null, leaseUntil: null, control: null };
const ended = { ...letGo, phase: 'done' as const, finishedAt: sql`now()` };
const requeued = { leaseToken: null, leaseUntil: null, phase: 'waiting for a worker' as const, progress: null };

function changes(outcome: Outcome) {
  switch (outcome.end) {
    case 'succeeded':
      return {
        ...ended,
        state: 'succeeded' as const,
        stoppedEarly: outcome.stoppedEarly ?? false,
        ...(outcome.progress === undefined ? {} : { progress: outcome.progress }),
      };
    case 'failed':
      return { ...ended, state: 'failed' as const, error: outcome.error };
    case 'canceled':
      return { ...ended, state: 'canceled' as const };
    case 'released':
      return { ...requeued, state: 'queued' as const, attempt: sql`${tasks.attempt} - 1` };
    case 'crashed': {
      const last = sql`${tasks.attempt} >= ${tasks.maxAttempts}`;
      const error = JSON.stringify(outcome.error);
      return {
        ...requeued,
        state: sql`case when ${last} then 'failed' else 'queued' end`,
        error: sql`case when ${last} then ${error}::jsonb end`,
        finishedAt: sql`case when ${last} then now() end`,
        phase: sql`case when ${last} then 'done' else 'waiting for a worker' end`,
        control: sql`case when ${last} then null else ${tasks.control} end`,
      };
    }
  }
}
