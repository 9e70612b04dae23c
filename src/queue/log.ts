/**
 * The log of a task: one numbered line for each thing that happened to it, for people.
 *
 * Lines are counted in the task's own row, whose lock the writer holds until it commits. So their numbers have no holes and become visible
 * in their order: a reader that has seen line n has seen all before it, and asks for those after it. What is let go of is the oldest.
 */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { LogLevel } from '../contract/task-log.ts';
import type { Database, Executor } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';

export interface NewLine {
  level: LogLevel;
  /** One sentence. */
  message: string;
}

/**
 * Writes lines and tells who follows the task. One statement: alone, it holds the task's row no longer than the database needs for it,
 * however busy the process is that asks.
 * @param condition on the task's row, such as a lease in force. @returns false where there is no such row; nothing was written then.
 */
export async function appendLog(
  tx: Executor,
  taskId: string,
  lines: readonly NewLine[],
  condition?: SQL,
): Promise<boolean> {
  if (lines.length === 0) return true;
  const rows = await tx.execute(sql`
    with counted as (
      update tasks set log_lines = log_lines + ${lines.length}::int where ${and(eq(tasks.id, taskId), condition)}
      returning id, log_lines - ${lines.length}::int as before, coalesce(model_uid, check_id)::text as subject),
    written as (
      insert into task_log (task_id, seq, at, level, message)
      select id, before + place, clock_timestamp(), line->>'level', line->>'message'
      from counted, jsonb_array_elements(${asJson(lines)}::jsonb) with ordinality as given(line, place))
    select pg_notify('sleap_change', subject) from counted`);
  return rows.length > 0;
}

/** To be set in the update of a task's row. @param n lines that follow: tell.ts writes them. */
export function countLines(n: number): SQL {
  return sql`${tasks.logLines} + ${n}`;
}

/** Lets go of all lines but the last `keep` of each task. Cheap where there is nothing to do: the tables' keys tell. */
export async function trimLogs(db: Database, keep: number): Promise<void> {
  await db.execute(sql`
    delete from task_log l using tasks t
    where t.log_lines > ${keep}::int and l.task_id = t.id and l.seq <= t.log_lines - ${keep}::int`);
}

/** A NUL, as the name of a damaged file may have it, is not text to Postgres. */
export const withoutNul = (text: string): string => text.replaceAll('\0', '');

export function asJson(lines: readonly NewLine[]): string {
  return JSON.stringify(lines.map(({ level, message }) => ({ level, message: withoutNul(message) })));
}
