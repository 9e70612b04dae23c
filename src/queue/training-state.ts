/**
 * What the task that makes a model leaves behind when it ends.
 *
 * A training leaves its best weights and its checkpoint, from which another training can go on, unless it was canceled; an import never
 * its archive. A checkpoint is four times as large as the weights (the weights and three numbers of the optimiser for each), so those of
 * long ago go. Only references are let go of here; the blobs themselves go when the collector finds that nothing refers to them.
 */
import { eq, sql } from 'drizzle-orm';
import type { TaskKind, TaskState } from '../contract/task.ts';
import type { Database, Executor } from '../db/client.ts';
import { modelFiles, models } from '../db/schema.ts';

/** Call it in the transaction that ends a task, of whatever kind. */
export async function tidyEndedTask(
  tx: Executor,
  { kind, modelUid, state }: { kind: TaskKind; modelUid: string | null; state: TaskState },
): Promise<void> {
  // A training that was not canceled keeps all that it has.
  const hasLeftovers = kind === 'import' || (kind === 'train' && state === 'canceled');
  if (modelUid === null || !hasLeftovers) return;
  const discarded = state === 'canceled' ? { checkpointBlob: null, bestBlob: null, bestEpoch: null } : {};
  await tx
    .update(models)
    .set({ importBlob: null, ...discarded })
    .where(eq(models.uid, modelUid));
  if (state === 'canceled') await tx.delete(modelFiles).where(eq(modelFiles.modelUid, modelUid));
}

/**
 * Lets go of the checkpoints of trainings that ended more than `keepDays` ago, but not of one that an unfinished training goes on from.
 * @returns how many.
 */
export async function dropOldCheckpoints(db: Database, keepDays: number): Promise<number> {
  const rows = await db.execute(sql`
    update models m set checkpoint_blob = null
    from tasks t
    where t.model_uid = m.uid and t.kind in ('train', 'import')
      and t.finished_at <= now() - make_interval(days => ${keepDays}::int)
      and m.checkpoint_blob is not null
      and not exists (
        select from models next join tasks n on n.model_uid = next.uid and n.kind = 'train'
        where next.base_uid = m.uid and n.state in ('queued', 'active'))
    returning m.uid`);
  return rows.length;
}
