/** The delivery log of a webhook: every message, every attempt to deliver it, and asking for another one. */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { DeliveryResource } from '../contract/webhook.ts';
import { webhookDeliveries } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { notify } from '../queue/listen.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { iso } from './status.ts';
import { readWebhook } from './webhooks.ts';

const LISTED = 100;

/** The newest first, at most 100. @throws AppError not_found. */
export async function listDeliveries(ctx: ServiceContext, webhookId: string): Promise<DeliveryResource[]> {
  const { webhook_id: id } = await readWebhook(ctx, webhookId);
  const rows = await ctx.client.db
    .select()
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.webhookId, id))
    .orderBy(desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id))
    .limit(LISTED);
  return rows.map(asResource);
}

/**
 * Sends a message again, whatever became of it: now, or once the webhook is switched on. One that was given up before gets this one attempt.
 * @throws AppError not_found.
 */
export async function resendDelivery(
  ctx: ServiceContext,
  webhookId: string,
  deliveryId: string,
): Promise<DeliveryResource> {
  const { webhook_id } = await readWebhook(ctx, webhookId);
  const id = requireUuid(deliveryId, 'delivery_id');
  return ctx.client.db.transaction(async tx => {
    const [row] = await tx
      .update(webhookDeliveries)
      .set({ state: 'pending', nextAttemptAt: sql`now()`, deliveredAt: null })
      .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.webhookId, webhook_id)))
      .returning();
    if (!row) throw new AppError('not_found', `Webhook ${webhook_id} has no delivery ${id}.`);
    await notify(tx, 'delivery', row.event);
    return asResource(row);
  });
}

/** Forgets messages that were made more than `keepDays` ago. */
export async function dropOldDeliveries(ctx: ServiceContext, keepDays: number): Promise<void> {
  await ctx.client.db
    .delete(webhookDeliveries)
    .where(sql`${webhookDeliveries.createdAt} < now() - make_interval(days => ${keepDays}::int)`);
}

function asResource(row: typeof webhookDeliveries.$inferSelect): DeliveryResource {
  return {
    delivery_id: row.id,
    webhook_id: row.webhookId,
    ...{ event: row.event, state: row.state, payload: row.payload, attempts: row.attempts },
    next_attempt_at: row.state === 'pending' ? row.nextAttemptAt.toISOString() : null,
    created_at: row.createdAt.toISOString(),
    delivered_at: iso(row.deliveredAt),
  };
}
