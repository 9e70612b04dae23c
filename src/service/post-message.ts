/** One attempt to deliver a message: signed as Standard Webhooks has it, with an end to its patience, and no redirect followed. */
import { Webhook } from 'standardwebhooks';
import type { DeliveryAttempt, WebhookPayload } from '../contract/webhook.ts';
import { messageOf } from '../errors.ts';

interface Message {
  /** The webhook-id. */
  id: string;
  url: string;
  secret: string;
  payload: WebhookPayload;
}

/** @returns what became of it; nothing is thrown. */
export async function postMessage(
  { id, url, secret, payload }: Message,
  timeoutSeconds: number,
): Promise<DeliveryAttempt> {
  const begun = new Date();
  const made = (status: number | null, error: string | null): DeliveryAttempt => ({
    at: begun.toISOString(),
    ms: Date.now() - begun.getTime(),
    ...{ status, error },
  });
  const patience = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const body = JSON.stringify(payload);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'sleap-microservice',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(begun.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, begun, body),
      },
      body,
      redirect: 'manual',
      signal: patience,
    });
    await response.body?.cancel();
    return made(response.status, response.ok ? null : `The receiver answered ${response.status}.`);
  } catch (error) {
    const why = patience.aborted ? `no answer within ${timeoutSeconds} s` : reasonOf(error);
    return made(null, `The receiver could not be reached: ${why}.`);
  }
}

/** fetch says "fetch failed"; why is in the cause, or in the first error of one that tried several addresses. */
function reasonOf(error: unknown): string {
  const cause = (error as Error).cause;
  if (cause === undefined) return messageOf(error);
  const { errors } = cause as AggregateError;
  return messageOf(errors?.[0] ?? cause);
}
