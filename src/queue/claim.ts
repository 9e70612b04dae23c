/**
 * Gives an open task to a worker: one that is queued, or one whose lease ran out while attempts are left.
 *
 * First come, first served, but videos of one model take turns with everything else: a video counts as come when it was submitted or when a
 * video of its model was last begun, whichever is later. So who submits one video waits for what was submitted before, with at most one more
 * video of each model, and not for somebody's hundred; and nobody is overtaken by what comes later for ever.
 *
 * The first task in order of arrival that waits for no turn bounds the search: what came after it cannot be before it. So a claim looks at that
 * task and at the videos before it, however long the queue is.
 *
 * SKIP LOCKED lets many workers claim at once without waiting for each other; a task is never given twice, since its row is locked
 * while it is taken and no longer matches afterwards. Two that claim in the same instant may both serve one model: neither sees the other's
 * turn yet, and making them wait for each other would cost more than such a turn is worth.
 */
import { getTableColumns, sql } from 'drizzle-orm';
import type { TaskControl, TaskKind } from '../contract/task.ts';
import type { Database } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';
import { countLines } from './log.ts';
import { claimedLine } from './log-lines.ts';
import { tell } from './tell.ts';

/** A worker's right to a task. Every write for the task names it, and fails once it has been lost. */
export interface Lease {
  taskId: string;
  token: string;
}

export interface ClaimedTask {
  lease: Lease;
  kind: TaskKind;
  /** null for a check. */
  modelUid: string | null;
  inferenceId: number | null;
  checkId: string | null;
  /** 1 for the first try. */
  attempt: number;
  maxAttempts: number;
  /** Asked for while nobody held the task. */
  control: TaskControl | null;
}

/** When a video of this task's model was last begun, if it has had one since the task came; null for what is no video. */
const turn = sql`(
  select max(s.started_at) from tasks s
  where s.model_uid = t.model_uid and s.kind in ('infer', 'overlay') and s.started_at > t.created_at
    and t.kind in ('infer', 'overlay'))`;

/** Whose lease ran out, if that is why the task was open: a subquery of RETURNING still sees the row as it was. */
const silentWorker = sql<string | null>`(
  select before.worker from tasks before where before.id = tasks.id and before.state = 'active')`;

/** Written so that the planner takes it for likely, and walks along the index to the first such task instead of sorting all that are open. */
const waitsForNoTurn = sql`case when ${turn} is null then true else false end`;
/** Beyond every task: where all wait for a turn, all are looked at. */
const LAST_SEQ = '9223372036854775807';

/** @param device of the worker, in words, for the task's log. */
export async function claimTask(
  db: Database,
  {
    worker,
    device,
    kinds,
    leaseSeconds,
  }: { worker: string; device?: string; kinds: readonly TaskKind[]; leaseSeconds: number },
): Promise<ClaimedTask | null> {
  const isFree = sql`t.kind in ${[...kinds]}
    and (t.state = 'queued' or (t.state = 'active' and t.lease_until < now() and t.attempt < t.max_attempts))`;
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
        logLines: countLines(1),
        startedAt: sql`coalesce(${tasks.startedAt}, now())`,
      })
      .where(
        sql`${tasks.id} = (
          with first as materialized (
            select t.seq from tasks t where ${isFree} and ${waitsForNoTurn} order by t.seq limit 1 for update skip locked)
          select t.id from tasks t
          where ${isFree} and t.seq <= (select coalesce((select seq from first), ${LAST_SEQ}::bigint))
          order by greatest(t.created_at, ${turn}), t.seq limit 1 for update of t skip locked)`,
      )
      .returning({ ...getTableColumns(tasks), silentWorker });
    if (!row) return null;
    // Both are of this claim: it is the first.
    const isFirst = row.startedAt?.getTime() === row.heartbeatAt?.getTime();
    await tell(tx, row, claimedLine(row, device, row.silentWorker), isFirst ? 'started' : null);
    return {
      lease: { taskId: row.id, token: row.leaseToken! },
      kind: row.kind,
      modelUid: row.modelUid,
      inferenceId: row.inferenceId,
      checkId: row.checkId,
      attempt: row.attempt,
      maxAttempts: row.maxAttempts,
      control: row.control,
    };
  });
}
