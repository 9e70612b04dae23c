/**
 * Hints between processes over Postgres NOTIFY.
 *
 * A notification is only a hint that makes things prompt: it can be lost (a reconnect, a pooler in transaction mode), so every listener
 * also looks at the tables from time to time. The tables are the truth.
 */
import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import type { Executor } from '../db/client.ts';

/**
 * `work`: a task was queued or a control was set, payload = task id. `change`: a model, a check or a task of one changed, payload = its id.
 * `delivery`: a message for a webhook is due, payload = its event.
 */
export type Channel = 'work' | 'change' | 'delivery';

/** Sent when the surrounding transaction commits. */
export async function notify(db: Executor, channel: Channel, payload: string): Promise<void> {
  await db.execute(sql`select pg_notify(${`sleap_${channel}`}, ${payload})`);
}

/** Tells who follows the model or the check that the task belongs to. */
export async function notifyChange(db: Executor, task: Subject): Promise<void> {
  await notify(db, 'change', (task.modelUid ?? task.checkId)!);
}

/** What a task belongs to: one of the two. */
export interface Subject {
  modelUid: string | null;
  checkId: string | null;
}

/**
 * Calls `onHint` for each notification, and once with null whenever the connection was (re-)made and hints may have been missed.
 * @returns a function that stops listening.
 */
export async function listen(
  client: Sql,
  channel: Channel,
  onHint: (payload: string | null) => void,
): Promise<() => Promise<void>> {
  const { unlisten } = await client.listen(`sleap_${channel}`, onHint, () => onHint(null));
  return unlisten;
}
