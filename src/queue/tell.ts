/**
 * What a verb of the queue tells of a task, all in one statement of its transaction: a line of the task's log, those who follow the task, and
 * the messages for webhooks. So nothing is told of what was rolled back, and nothing that happened is left untold. Sending messages is
 * service/webhook-sender.ts' business.
 */
import { sql } from 'drizzle-orm';
import type { Happening, WebhookPayload } from '../contract/webhook.ts';
import type { Executor } from '../db/client.ts';
import type { tasks } from '../db/schema-queue.ts';
import { asJson, type NewLine } from './log.ts';

type Task = typeof tasks.$inferSelect;

/**
 * @param task as the verb left it, the line counted (`countLines(1)`).
 * @param happening what webhooks are to hear; null: nothing.
 */
export async function tell(tx: Executor, task: Task, line: NewLine, happening: Happening | null): Promise<void> {
  const event = happening && `${task.kind}.${happening}`;
  await tx.execute(sql`
    with written as (
      insert into task_log (task_id, seq, at, level, message)
      select ${task.id}::uuid, ${task.logLines}::int, clock_timestamp(), line->>'level', line->>'message'
      from jsonb_array_elements(${asJson([line])}::jsonb) line),
    addressed as (
      insert into webhook_deliveries (webhook_id, event, payload)
      select id, ${event}::text, ${JSON.stringify(happening && payloadOf(task, happening))}::jsonb from webhooks
      where ${event}::text is not null and disabled_at is null and (events = '{}' or ${event}::text = any(events))
      -- One that is being deleted is waited for and left out, where the foreign key would fail.
      for key share
      returning event)
    select pg_notify('sleap_change', ${task.modelUid ?? task.checkId}),
      (select pg_notify('sleap_delivery', event) from addressed limit 1)`);
}

function payloadOf(task: Task, happening: Happening): WebhookPayload {
  return {
    type: `${task.kind}.${happening}`,
    timestamp: new Date().toISOString(),
    data: {
      task_id: task.id,
      model_uid: task.modelUid,
      results_id: task.inferenceId,
      check_id: task.checkId,
      stopped_early: task.stoppedEarly,
      error: task.error,
    },
  };
}
