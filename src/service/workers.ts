/** Who works: each worker as `GET /api/workers` shows it. A worker that ended by itself is not listed; one that fell silent is, for a day. */
import { asc, sql } from 'drizzle-orm';
import type { WorkerResource } from '../contract/worker.ts';
import { workers } from '../db/schema-queue.ts';
import type { ServiceContext } from './context.ts';

/** In the order of their start. */
export async function listWorkers(ctx: ServiceContext): Promise<WorkerResource[]> {
  const rows = await ctx.client.db
    .select({
      worker: workers,
      // By the clock of the database, which seen_at is of.
      isSilent: sql<boolean>`${workers.seenAt} <= now() - make_interval(secs => ${ctx.config.LEASE_SECONDS})`,
    })
    .from(workers)
    .orderBy(asc(workers.startedAt), asc(workers.name));
  return rows.map(({ worker, isSilent }) => ({
    name: worker.name,
    device: worker.device,
    state: isSilent ? 'silent' : worker.taskId === null ? 'idle' : 'working',
    task_id: worker.taskId,
    started_at: worker.startedAt.toISOString(),
    seen_at: worker.seenAt.toISOString(),
  }));
}
