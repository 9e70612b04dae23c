/**
 * Looking into a dataset without training on it. A worker does the reading, as a task of its own; a check and its pictures are kept for a
 * day, in which a training may use its dataset (`check_id` of a submission) without sending it again.
 */
import { and, eq } from 'drizzle-orm';
import type { StoredBlob } from '../blobs/blob-store.ts';
import { type DatasetOptions, datasetOptionsSchema } from '../contract/dataset.ts';
import { type DatasetCheck, datasetReportSchema } from '../contract/dataset-report.ts';
import { datasetChecks, datasetSamples } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError, type ErrorCode, isErrorCode } from '../errors.ts';
import { enqueueTask } from '../queue/enqueue.ts';
import { waitingBefore } from '../queue/waiting.ts';
import { awaitTask } from './await-task.ts';
import type { ChangeFeed } from './changes.ts';
import { schemaFault } from './config-fault.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { type Answered, answerOnce, type Idempotency } from './idempotency.ts';
import { iso, statusOf } from './status.ts';

/** The members of a request that say how to read its dataset; null and absent are the same. @throws AppError invalid_request. */
export function datasetOptionsOf(fields: Record<string, unknown>): DatasetOptions {
  const given = Object.keys(datasetOptionsSchema.shape).flatMap(name =>
    fields[name] === undefined || fields[name] === null ? [] : [[name, fields[name]]],
  );
  const parsed = datasetOptionsSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw schemaFault(null, parsed.error);
  return parsed.data;
}

/** @throws AppError idempotency_key_reused. */
export async function submitCheck(
  ctx: ServiceContext,
  { dataset, options }: { dataset: StoredBlob; options: DatasetOptions },
  idempotency: Idempotency | null,
): Promise<Answered<{ checkId: string; taskId: string }>> {
  return answerOnce(
    ctx,
    idempotency,
    async () => {},
    async tx => {
      const [check] = await tx
        .insert(datasetChecks)
        .values({ datasetBlob: dataset.id, datasetOptions: options })
        .returning();
      const checkId = check!.id;
      const taskId = await enqueueTask(tx, { kind: 'check', checkId, maxAttempts: ctx.config.MAX_ATTEMPTS });
      return { checkId, taskId };
    },
  );
}

/** @throws AppError not_found. */
export async function readCheck(ctx: ServiceContext, checkId: string | undefined): Promise<DatasetCheck> {
  const id = requireUuid(checkId, 'check_id');
  const [row] = await ctx.client.db
    .select({ check: datasetChecks, task: tasks })
    .from(datasetChecks)
    .innerJoin(tasks, eq(tasks.checkId, datasetChecks.id))
    .where(eq(datasetChecks.id, id));
  if (!row) throw unknownCheck(id);
  const { check, task } = row;
  const waiting = await waitingBefore(ctx.client.db, [task]);
  return {
    check_id: check.id,
    task_id: task.id,
    ...statusOf(task, waiting.get(task.id) ?? null),
    // Its members in the order of the contract, which jsonb does not keep.
    report: check.report && datasetReportSchema.parse(check.report),
    created_at: check.createdAt.toISOString(),
    finished_at: iso(task.finishedAt),
  };
}

/**
 * Waits for the end of a check, or until the signal fires.
 * @returns how it stands then. @throws AppError as the check failed; not_found.
 */
export async function awaitCheck(
  ctx: ServiceContext & { changes: ChangeFeed },
  { checkId, taskId }: { checkId: string; taskId: string },
  signal: AbortSignal,
): Promise<DatasetCheck> {
  await awaitTask(ctx, taskId, signal);
  const check = await readCheck(ctx, checkId);
  if (check.error !== null) throw asThrown(check.error);
  return check;
}

/** A picture of a check. @throws AppError not_found. */
export async function readSample(ctx: ServiceContext, checkId: string, seq: number): Promise<Uint8Array> {
  const id = requireUuid(checkId, 'check_id');
  const [sample] = await ctx.client.db
    .select({ png: datasetSamples.png })
    .from(datasetSamples)
    .where(and(eq(datasetSamples.checkId, id), eq(datasetSamples.seq, seq)));
  if (sample) return sample.png;
  throw new AppError('not_found', `Check ${id} has no sample ${seq}.`, {
    remedy: 'The samples there are stand in its report.',
  });
}

/** What a training that names a check trains on. @throws AppError not_found. */
export async function datasetOfCheck(
  ctx: ServiceContext,
  checkId: string,
): Promise<{ blobId: string; options: DatasetOptions }> {
  const id = requireUuid(checkId, 'check_id');
  const [check] = await ctx.client.db.select().from(datasetChecks).where(eq(datasetChecks.id, id));
  if (!check) throw unknownCheck(id);
  return { blobId: check.datasetBlob, options: check.datasetOptions };
}

function unknownCheck(id: string): AppError {
  return new AppError('not_found', `Check ${id} does not exist: checks are kept for a day.`, {
    remedy: 'Send the dataset again: POST /api/datasets/check.',
  });
}

function asThrown({ code, message, remedy }: { code: string; message: string; remedy: string | null }): AppError {
  const known: ErrorCode = isErrorCode(code) ? code : 'internal';
  return new AppError(known, message, remedy === null ? {} : { remedy });
}
