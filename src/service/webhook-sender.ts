/**
 * Sends the messages of webhooks that are due. Any number of API processes may do so: a message is held by moving its next attempt beyond
 * the present one's patience, under SKIP LOCKED, so one that dies in the middle only delays it.
 *
 * A process sends one message a webhook at a time, the oldest due one first: a receiver that hangs delays nobody else's, and its own keep
 * their order as long as they succeed. Attempts, their times and what counts as success are those of Standard Webhooks.
 */
import { eq, sql } from 'drizzle-orm';
import type { DeliveryAttempt, WebhookPayload } from '../contract/webhook.ts';
import { webhookDeliveries, webhooks } from '../db/schema-queue.ts';
import { logger } from '../log.ts';
import { listen } from '../queue/listen.ts';
import type { ServiceContext } from './context.ts';
import { pause } from './pause.ts';
import { postMessage } from './post-message.ts';

/** From one attempt to the next: 5 s after the first, about a day after the ninth. With all of them a receiver may be away for three days. */
const DELAYS_SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/** So that what failed together does not come back together. */
const JITTER = 0.2;
const GONE = 410;
const log = logger('webhooks');

interface DueDelivery {
  id: string;
  webhookId: string;
  url: string;
  secret: string;
  payload: WebhookPayload;
  attempts: DeliveryAttempt[];
}

/** Begins to send. @returns a function that ends it, once the messages under way have been answered or given up. */
export function startWebhookSender(ctx: ServiceContext): () => Promise<void> {
  const stop = new AbortController();
  let isHinted = false;
  let endPause = () => {};
  // A hint that comes while the tables are read counts for the next turn.
  const wake = () => {
    isHinted = true;
    endPause();
  };
  const listening = ctx.config.CHANGES === 'listen' ? listen(ctx.client.sql, 'delivery', wake) : null;
  // Without LISTEN messages go out by the clock.
  listening?.catch(() => {});
  const running = (async () => {
    const busy = new Map<string, Promise<void>>();
    while (!stop.signal.aborted) {
      isHinted = false;
      const due = await claimDue(ctx, [...busy.keys()]).catch(error => {
        log.error('Could not ask for due messages: {error}', { error });
        return [];
      });
      for (const delivery of due) {
        const sending = attempt(ctx, delivery).finally(() => {
          busy.delete(delivery.webhookId);
          wake();
        });
        busy.set(delivery.webhookId, sending);
      }
      if (!isHinted) await pause(ctx.config.POLL_SECONDS * 1000, stop.signal, arm => (endPause = arm));
    }
    await Promise.all(busy.values());
  })();
  return async () => {
    stop.abort();
    await running;
    await (await listening?.catch(() => null))?.();
  };
}

/** Sends what is due, one message a webhook, and waits for the answers; for a runtime that wakes by the clock. @returns how many. */
export async function sendDue(ctx: ServiceContext): Promise<number> {
  const due = await claimDue(ctx, []);
  await Promise.all(due.map(delivery => attempt(ctx, delivery)));
  return due.length;
}

/** The oldest due message of every webhook that is on and not in `busy`. */
async function claimDue(ctx: ServiceContext, busy: string[]): Promise<DueDelivery[]> {
  const heldSeconds = 2 * ctx.config.WEBHOOK_TIMEOUT_SECONDS;
  return ctx.client.db.execute<DueDelivery & Record<string, unknown>>(sql`
    update ${webhookDeliveries} d set next_attempt_at = now() + make_interval(secs => ${heldSeconds})
    from ${webhooks} w cross join lateral (
      select id from ${webhookDeliveries}
      where webhook_id = w.id and state = 'pending' and next_attempt_at <= now()
      order by created_at, id limit 1 for update skip locked) due
    where d.id = due.id and w.disabled_at is null and w.id <> all(${sql.param(busy)}::uuid[])
    returning d.id, w.id as "webhookId", w.url, w.secret, d.payload, d.attempts`);
}

/** Sends a message and writes down what became of it; what goes wrong with that is logged, and the message is due again later. */
async function attempt(ctx: ServiceContext, delivery: DueDelivery): Promise<void> {
  const made = await postMessage(delivery, ctx.config.WEBHOOK_TIMEOUT_SECONDS);
  try {
    await record(ctx, delivery, made);
  } catch (error) {
    log.error('Could not write down what became of message {id}: {error}', { id: delivery.id, error });
  }
}

async function record(ctx: ServiceContext, { id, webhookId, url, attempts }: DueDelivery, made: DeliveryAttempt) {
  const delaySeconds = DELAYS_SECONDS[attempts.length];
  const isGivenUp = made.error !== null && (made.status === GONE || delaySeconds === undefined);
  const values =
    made.error === null
      ? { state: 'delivered' as const, deliveredAt: sql`now()` }
      : isGivenUp
        ? { state: 'failed' as const }
        : { nextAttemptAt: sql`now() + make_interval(secs => ${jittered(delaySeconds!)})` };
  await ctx.client.db.transaction(async tx => {
    // The webhook first, as its deletion has it.
    if (made.status === GONE)
      await tx
        .update(webhooks)
        .set({ disabledAt: sql`coalesce(disabled_at, now())` })
        .where(eq(webhooks.id, webhookId));
    await tx
      .update(webhookDeliveries)
      .set({ ...values, attempts: sql`attempts || ${JSON.stringify([made])}::jsonb` })
      .where(eq(webhookDeliveries.id, id));
  });
  if (made.error !== null)
    log.warning('Message {id} to {url}: {error}', { id, url, error: made.error, given_up: isGivenUp });
}

function jittered(seconds: number): number {
  return seconds * (1 + JITTER * Math.random());
}
