/**
 * Writes down whom to tell of what happened to a task, in the transaction of what happened: a message is never lost and never told of
 * something that was rolled back. Sending is service/webhook-sender.ts' business.
 */
import { sql } from 'drizzle-orm';
import type { Happening, WebhookPayload } from '../contract/webhook.ts';
import type { Executor } from '../db/client.ts';
import { type tasks, webhookDeliveries, webhooks } from '../db/schema-queue.ts';
import { notify } from './listen.ts';

type Announced = Pick<
  typeof tasks.$inferSelect,
  'id' | 'kind' | 'modelUid' | 'inferenceId' | 'checkId' | 'stoppedEarly' | 'error'
>;

export async function announce(tx: Executor, task: Announced, happening: Happening): Promise<void> {
  const event = `${task.kind}.${happening}` as const;
  const payload: WebhookPayload = {
    type: event,
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
  const rows = await tx.execute(sql`
    insert into ${webhookDeliveries} (webhook_id, event, payload)
    select id, ${event}, ${JSON.stringify(payload)}::jsonb from ${webhooks}
    where disabled_at is null and (events = '{}' or ${event} = any(events))
    returning id`);
  if (rows.length > 0) await notify(tx, 'delivery', event);
}
