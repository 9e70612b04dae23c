/**
 * One look at a task for those who follow it: the task, and the epochs and lines of the log that the reader does not have yet, all in one
 * statement. So they are of one moment: where the task has ended, nothing is missing.
 */
import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { EventCursor } from '../contract/events.ts';
import type { EpochRow } from '../contract/model.ts';
import type { LogLine } from '../contract/task-log.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { placeInQueue } from '../queue/waiting.ts';
import type { ServiceContext } from './context.ts';

/** With the number of tasks that will be begun before it; null: it does not wait. */
export type Task = typeof tasks.$inferSelect & { waitingBefore: number | null };

export interface Turn {
  task: Task;
  epochs: EpochRow[];
  lines: LogLine[];
  /** What `stamp` gave. */
  stamp: string | null;
}

/** Epochs belong to the task that made the model. */
const hasEpochs = sql`tasks.kind in ('train', 'import')`;

/** As JSON, in the shape of logLineSchema. */
const line = sql`json_build_object('seq', l.seq, 'level', l.level, 'message', l.message,
  'at', to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

/**
 * @param cursor what the reader has; one that is ahead of what there is belongs elsewhere, and counts as none.
 * @param stamp a text that changes with what is followed beside the task. @throws AppError not_found.
 */
export async function readTurn(
  ctx: ServiceContext,
  taskId: string,
  { epoch, seq }: EventCursor,
  stamp: SQL = sql`null`,
): Promise<Turn> {
  const afterEpoch = sql`case when exists (
    select from epochs e where e.model_uid = tasks.model_uid and e.epoch >= ${epoch}::int) then ${epoch}::int else -1 end`;
  const afterLine = sql`case when tasks.log_lines >= ${seq}::int then ${seq}::int else 0 end`;
  const [row] = await ctx.client.db
    .select({
      task: { ...getTableColumns(tasks), waitingBefore: placeInQueue },
      epochs: sql<EpochRow[] | null>`case when ${hasEpochs} then (
        select json_agg(json_build_object(
          'epoch', e.epoch, 'loss', e.loss, 'val_loss', e.val_loss, 'lr', e.lr, 'seconds', e.seconds) order by e.epoch)
        from epochs e where e.model_uid = tasks.model_uid and e.epoch > ${afterEpoch}) end`,
      lines: sql<LogLine[] | null>`(
        select json_agg(${line} order by l.seq) from task_log l where l.task_id = tasks.id and l.seq > ${afterLine})`,
      stamp: sql<string | null>`${stamp}`,
    })
    .from(tasks)
    .where(eq(tasks.id, taskId));
  if (!row) throw new AppError('not_found', `Task ${taskId} does not exist.`);
  return { ...row, epochs: row.epochs ?? [], lines: row.lines ?? [] };
}
