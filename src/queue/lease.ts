/** What a worker does with the lease it holds: renew it, and write under its protection. */
import { and, eq, sql } from 'drizzle-orm';
import type { Phase, Progress, TaskControl } from '../contract/task.ts';
import type { Database, Executor } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { Lease } from './claim.ts';
import { notifyChange } from './listen.ts';
import { appendLog, type NewLine, withoutNul } from './log.ts';

/** True for the task's row while this lease is the one in force. */
export function holds(lease: Lease) {
  return and(eq(tasks.id, lease.taskId), eq(tasks.leaseToken, lease.token), eq(tasks.state, 'active'));
}

/**
 * Prolongs the lease and shows where the work stands.
 * @returns what a person asked for meanwhile. @throws AppError lease_lost when the task is no longer this worker's.
 */
export async function renewLease(
  db: Database,
  lease: Lease,
  now: { phase: Phase; progress: Progress | null; leaseSeconds: number },
): Promise<{ control: TaskControl | null }> {
  return db.transaction(async tx => {
    const [row] = await tx
      .update(tasks)
      .set({
        leaseUntil: sql`now() + make_interval(secs => ${now.leaseSeconds})`,
        heartbeatAt: sql`now()`,
        phase: now.phase,
        progress: now.progress,
      })
      .where(holds(lease))
      .returning({ control: tasks.control, modelUid: tasks.modelUid, checkId: tasks.checkId });
    if (!row) throw leaseLost(lease);
    await notifyChange(tx, row);
    return { control: row.control };
  });
}

/**
 * Runs `write` in a transaction that commits only while the lease is in force: a worker that was given up for dead and wakes up again
 * cannot overwrite what its successor wrote. `write` gets the model it works for; a check has none and does not ask.
 * @throws AppError lease_lost.
 */
export async function withLease<T>(
  db: Database,
  lease: Lease,
  write: (tx: Executor, task: { modelUid: string }) => Promise<T>,
): Promise<T> {
  return db.transaction(async tx => {
    // Keeps the task from being claimed or settled until this commits. Not FOR SHARE: two that hold that and then count a line of the log
    // would wait for each other for ever.
    const subject = { modelUid: tasks.modelUid, checkId: tasks.checkId };
    const [row] = await tx.select(subject).from(tasks).where(holds(lease)).for('no key update');
    if (!row) throw leaseLost(lease);
    const result = await write(tx, { modelUid: row.modelUid! });
    await notifyChange(tx, row);
    return result;
  });
}

/** Adds a sentence to the task's warnings, once however often it is tried. */
export async function addWarning(db: Database, lease: Lease, warning: string): Promise<void> {
  await withLease(db, lease, async tx => {
    const one = JSON.stringify([withoutNul(warning)]);
    const added = await tx
      .update(tasks)
      .set({ warnings: sql`${tasks.warnings} || ${one}::jsonb` })
      .where(and(holds(lease), sql`not ${tasks.warnings} @> ${one}::jsonb`))
      .returning({ id: tasks.id });
    if (added.length > 0) await appendLog(tx, lease.taskId, [{ level: 'warning', message: warning }]);
  });
}

/** Adds lines to the task's log. @throws AppError lease_lost. */
export async function addToLog(db: Database, lease: Lease, lines: readonly NewLine[]): Promise<void> {
  if (!(await appendLog(db, lease.taskId, lines, holds(lease)))) throw leaseLost(lease);
}

export function leaseLost(lease: Lease): AppError {
  return new AppError(
    'lease_lost',
    `Task ${lease.taskId} is no longer this worker's: its lease ran out or the task was ended.`,
  );
}
