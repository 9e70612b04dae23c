/** Reading the log of a task: what there is, or what there is and all that comes, until the task has ended. */
import { and, asc, desc, eq, gt } from 'drizzle-orm';
import { FROM_THE_START } from '../contract/events.ts';
import { isEndState } from '../contract/task.ts';
import { type LogLine, MOST_LINES, type TaskLog } from '../contract/task-log.ts';
import { taskLog } from '../db/schema-queue.ts';
import type { ServiceContext } from './context.ts';
import { findTask } from './find.ts';
import { readTurn } from './task-turn.ts';
import { turns } from './turns.ts';
import type { WatchContext } from './watch-task.ts';

const USUAL_TAIL = 100;
const MIN_INTERVAL_MS = 250;

/** Which lines: the last `tail` of those after number `after`. With `after` alone the first there are, so that a reader goes on without a hole. */
export interface LogRange {
  /** 1 to MOST_LINES. */
  tail: number | undefined;
  /** 0: of all. */
  after: number | undefined;
}

/** @returns the lines in their order. @throws AppError not_found. */
export async function readTaskLog(ctx: ServiceContext, taskId: string, range: LogRange): Promise<TaskLog> {
  const { id } = await findTask(ctx, taskId);
  return { task_id: id, lines: await readLines(ctx, id, range) };
}

/** The same lines, and each new one; ends with the task. @throws AppError not_found once it is gone. */
export async function* followTaskLog(
  ctx: WatchContext,
  taskId: string,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { id, modelUid, checkId } = await findTask(ctx, taskId);
  let seq = range.after ?? 0;
  let isFirst = true;
  for await (const _ of turns(ctx, { subject: (modelUid ?? checkId)!, intervalMs: MIN_INTERVAL_MS }, signal)) {
    if (isFirst && !(range.after !== undefined && range.tail === undefined)) {
      const lines = await readLines(ctx, id, range);
      yield* lines;
      seq = lines.at(-1)?.seq ?? seq;
    }
    isFirst = false;
    const { task, lines } = await readTurn(ctx, id, { ...FROM_THE_START, seq });
    yield* lines;
    seq = lines.at(-1)?.seq ?? seq;
    if (isEndState(task.state)) return;
  }
}

async function readLines({ client: { db } }: ServiceContext, taskId: string, { tail, after }: LogRange) {
  const isOnward = after !== undefined && tail === undefined;
  const rows = await db
    .select()
    .from(taskLog)
    .where(and(eq(taskLog.taskId, taskId), gt(taskLog.seq, after ?? 0)))
    .orderBy(isOnward ? asc(taskLog.seq) : desc(taskLog.seq))
    .limit(isOnward ? MOST_LINES : (tail ?? USUAL_TAIL));
  if (!isOnward) rows.reverse();
  return rows.map(({ seq, at, level, message }): LogLine => ({ seq, at: at.toISOString(), level, message }));
}
