/** Whether the service can take work: the database answers with our tables and, where workers belong to it, they are up. */
import { and, gte, isNotNull, sql } from 'drizzle-orm';
import { workers } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';

export interface WorkersExpected {
  count: number;
  /** Workers that started earlier belong to a previous run. */
  startedAfter: Date;
}

/** @throws AppError not_ready with what is missing. */
export async function requireReady(ctx: ServiceContext, expected: WorkersExpected | null): Promise<void> {
  const query = ctx.client.db
    .select({ up: sql<number>`count(*)::int` })
    .from(workers)
    .where(
      and(
        isNotNull(workers.device),
        gte(workers.startedAt, expected?.startedAfter ?? new Date(0)),
        sql`${workers.seenAt} > now() - make_interval(secs => ${ctx.config.LEASE_SECONDS})`,
      ),
    );
  const [row] = await query.catch(cause => {
    throw new AppError('not_ready', 'The database does not answer, or has not been migrated.', { cause });
  });
  if (expected && row!.up < expected.count) {
    throw new AppError('not_ready', `${row!.up} of ${expected.count} workers are up.`);
  }
}
