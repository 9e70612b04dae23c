/**
 * Gives the oldest open task to a worker: one that is queued, or one whose lease ran out while attempts are left.
 * SKIP LOCKED lets many workers claim at once without waiting for each other; a task is never given twice, since its row is locked
 * while it is taken and no longer matches afterwards.
 */
import { sql } from 'drizzle-orm';
import type { TaskControl, TaskKind } from '../contract/task.ts';
import type { Database } from '../db/client.ts';
import { tasks } from '../db/schema.ts';
import { notify } from './listen.ts';

/** A worker's right to a task. Every write for the task names it, and fails once it has been lost. */
export interface Lease {
  taskId: string;
  token: string;
}

export interface ClaimedTask {
  lease: Lease;
  kind: TaskKind;
  modelUid: string;
  inferenceId: number | null;
  /** 1 for the first try. */
  attempt: number;
  maxAttempts: number;
  /** Asked for while nobody held the task. */
  control: TaskControl | null;
}

export async function claimTask(
  db: Database,
  { worker, kinds, leaseSeconds }: { worker: string; kinds: readonly TaskKind[]; leaseSeconds: number },
): Promise<ClaimedTask | null> {
  return db.transaction(async tx => {
    const [row] = await tx
      .update(tasks)
      .set({
        state: 'active',
        phase: 'starting',
        progress: null,
        worker,
        attempt: sql`${tasks.attempt} + 1`,
        leaseToken: sql`gen_random_uuid()`,
        leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})`,
        heartbeatAt: sql`now()`,
        startedAt: sql`coalesce(${tasks.startedAt}, now())`,
      })
      .where(
        sql`${tasks.id} = (
          select id from ${tasks}
          where kind in ${[...kinds]}
            and (state = 'queued' or (state = 'active' and lease_until < now() and attempt < max_attempts))
          order by seq for update skip locked limit 1)`,
      )
      .returning();
    if (!row) return null;
    await notify(tx, 'change', row.modelUid);
    return {
      lease: { taskId: row.id, token: row.leaseToken! },
      kind: row.kind,
      modelUid: row.modelUid,
      inferenceId: row.inferenceId,
      attempt: row.attempt,
      maxAttempts: row.maxAttempts,
      control: row.control,
    };
  });
}
