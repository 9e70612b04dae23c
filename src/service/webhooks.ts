/** Webhooks: making, reading, changing and ending them. What became of their messages is in deliveries.ts; sending is in webhook-sender.ts. */
import { asc, eq, sql } from 'drizzle-orm';
import type { CreatedWebhook, NewWebhook, WebhookChanges, WebhookResource } from '../contract/webhook.ts';
import { webhooks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { type Answered, answerOnce, type Idempotency } from './idempotency.ts';

/** Of a secret that is drawn; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

type Row = typeof webhooks.$inferSelect;

/** @throws AppError idempotency_key_reused. */
export async function createWebhook(
  ctx: ServiceContext,
  { secret = drawSecret(), ...values }: NewWebhook,
  idempotency: Idempotency | null,
): Promise<Answered<CreatedWebhook>> {
  return answerOnce(
    ctx,
    idempotency,
    async () => {},
    async tx => {
      const [row] = await tx
        .insert(webhooks)
        .values({ ...values, secret })
        .returning();
      return { ...asResource(row!), secret };
    },
  );
}

/** In the order in which they were made. */
export async function listWebhooks(ctx: ServiceContext): Promise<WebhookResource[]> {
  const rows = await ctx.client.db.select().from(webhooks).orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  return rows.map(asResource);
}

/** @throws AppError not_found. */
export async function readWebhook(ctx: ServiceContext, webhookId: string): Promise<WebhookResource> {
  const id = requireUuid(webhookId, 'webhook_id');
  const [row] = await ctx.client.db.select().from(webhooks).where(eq(webhooks.id, id));
  return asResource(existing(row, id));
}

/** What is not given stays. @throws AppError not_found. */
export async function changeWebhook(
  ctx: ServiceContext,
  webhookId: string,
  { enabled, ...values }: WebhookChanges,
): Promise<WebhookResource> {
  const id = requireUuid(webhookId, 'webhook_id');
  const disabledAt = enabled === undefined ? {} : { disabledAt: enabled ? null : sql`coalesce(disabled_at, now())` };
  // Drizzle refuses an update of nothing.
  const [row] = await ctx.client.db
    .update(webhooks)
    .set({ id, ...values, ...disabledAt })
    .where(eq(webhooks.id, id))
    .returning();
  return asResource(existing(row, id));
}

/** Its messages go with it. @throws AppError not_found. */
export async function deleteWebhook(ctx: ServiceContext, webhookId: string): Promise<void> {
  const id = requireUuid(webhookId, 'webhook_id');
  const [row] = await ctx.client.db.delete(webhooks).where(eq(webhooks.id, id)).returning();
  existing(row, id);
}

function existing(row: Row | undefined, id: string): Row {
  if (row) return row;
  throw new AppError('not_found', `Webhook ${id} does not exist.`);
}

function drawSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

function asResource({ id, url, events, description, disabledAt, createdAt }: Row): WebhookResource {
  return {
    webhook_id: id,
    ...{ url, events, description, enabled: disabledAt === null },
    created_at: createdAt.toISOString(),
  };
}
