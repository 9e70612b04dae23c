/** What has to be tidied from time to time, whoever is or is not working: dead tasks, long logs, old checkpoints, old checks, expired
 * uploads, answers that nobody asks for again, unused blobs, workers long gone. */
import { sql } from 'drizzle-orm';
import { collectBlobs } from '../blobs/collect.ts';
import { datasetChecks } from '../db/schema.ts';
import { idempotencyKeys, workers } from '../db/schema-queue.ts';
import { logger } from '../log.ts';
import { failExhausted } from '../queue/exhaust.ts';
import { trimLogs } from '../queue/log.ts';
import { dropOldCheckpoints } from '../queue/training-state.ts';
import type { ServiceContext } from './context.ts';
import { dropOldDeliveries } from './deliveries.ts';
import { deleteExpiredUploads } from './uploads.ts';

const EVERY_MS = 30_000;
/** An upload of this length is still not taken for an abandoned one. */
const BLOB_GRACE_SECONDS = 24 * 3600;
/** Longer than any request to a bucket takes, with all its repetitions. */
const STALE_GRACE_SECONDS = 3600;
const WORKER_MEMORY_SECONDS = 24 * 3600;
/** How long a request may be sent again under its Idempotency-Key. */
const KEY_MEMORY_SECONDS = 24 * 3600;
/** How long a check and its dataset are kept for a training to use. */
const CHECK_MEMORY_SECONDS = 24 * 3600;
/** How long the log of a webhook reaches back. */
const DELIVERY_MEMORY_DAYS = 30;
const log = logger('housekeeping');

/** One round of it. */
export async function tidy(ctx: ServiceContext): Promise<void> {
  const { db } = ctx.client;
  const failed = await failExhausted(db);
  if (failed > 0) log.warning('{failed} task(s) failed: their workers stopped responding', { failed });
  const dropped = await dropOldCheckpoints(db, ctx.config.KEEP_CHECKPOINT_DAYS);
  if (dropped > 0) log.info('Let go of {dropped} old checkpoint(s)', { dropped });
  await db
    .delete(datasetChecks)
    .where(sql`${datasetChecks.createdAt} < now() - make_interval(secs => ${CHECK_MEMORY_SECONDS})`);
  await trimLogs(db, ctx.config.TASK_LOG_LINES);
  await dropOldDeliveries(ctx, DELIVERY_MEMORY_DAYS);
  await db
    .delete(idempotencyKeys)
    .where(sql`${idempotencyKeys.createdAt} < now() - make_interval(secs => ${KEY_MEMORY_SECONDS})`);
  const expired = await deleteExpiredUploads(db);
  if (expired > 0) log.info('Let go of {expired} upload(s) that nothing was heard of', { expired });
  const collected = await collectBlobs(db, BLOB_GRACE_SECONDS);
  if (collected > 0) log.info('Deleted {collected} blob(s) that nothing refers to', { collected });
  await db.delete(workers).where(sql`${workers.seenAt} < now() - make_interval(secs => ${WORKER_MEMORY_SECONDS})`);
  // Last, since it asks a server that may be away.
  const swept = await ctx.blobs.sweep(STALE_GRACE_SECONDS);
  if (swept > 0) log.info('Deleted {swept} object(s) of deleted blobs in the bucket', { swept });
}

/** Runs tidy() now and every 30 s, one round at a time. @returns a function that ends it, once a round under way is through. */
export function startHousekeeping(ctx: ServiceContext): () => Promise<void> {
  let running: Promise<void> | null = null;
  const run = () => {
    running ??= tidy(ctx)
      .catch(error => log.error('Housekeeping failed: {error}', { error }))
      .finally(() => {
        running = null;
      });
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
