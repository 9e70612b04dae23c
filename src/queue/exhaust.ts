/**
 * Fails the tasks that nobody will claim again: their worker fell silent and no attempt is left.
 * Workers call it as they look for work, and the API as it starts, so that such a task never stays "active" for ever.
 */
import { sql } from 'drizzle-orm';
import type { TaskError } from '../contract/task.ts';
import type { Database } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';
import { countLines } from './log.ts';
import { failedLine } from './log-lines.ts';
import { tell } from './tell.ts';
import { tidyEndedTask } from './training-state.ts';

const WORKER_LOST: TaskError = {
  code: 'worker_lost',
  message: 'The worker stopped responding on every attempt.',
  remedy:
    "Read the worker's log (out of memory is the usual cause); then submit again, with a smaller batch_size or input_scaling.",
};

/** @returns how many tasks were failed. */
export async function failExhausted(db: Database): Promise<number> {
  return db.transaction(async tx => {
    const rows = await tx
      .update(tasks)
      .set({
        state: 'failed',
        phase: 'done',
        error: WORKER_LOST,
        control: null,
        leaseToken: null,
        leaseUntil: null,
        finishedAt: sql`now()`,
        logLines: countLines(1),
      })
      .where(sql`state = 'active' and lease_until < now() and attempt >= max_attempts`)
      .returning();
    for (const task of rows) {
      await tell(tx, task, failedLine(task.kind, WORKER_LOST), 'failed');
      await tidyEndedTask(tx, task);
    }
    return rows.length;
  });
}
