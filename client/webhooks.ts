/** Being told instead of asking: the webhooks of the service, and what became of each message. The receiver's side is a matter of Standard Webhooks. */
import type {
  CreatedWebhook,
  DeliveryResource,
  newWebhookSchema,
  WebhookChanges,
  WebhookResource,
} from '../src/contract/webhook.ts';
import type { CallOptions, CreateOptions, Requests } from './requests.ts';

export type NewWebhook = (typeof newWebhookSchema)['_zod']['input'];

export class Webhooks {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** @returns the webhook with its secret, which is told this once. */
  create(webhook: NewWebhook, options: CreateOptions = {}): Promise<CreatedWebhook> {
    return this.#requests.json({ ...options, method: 'POST', path: '/api/webhooks', body: webhook, creates: true });
  }

  async list(options: CallOptions = {}): Promise<WebhookResource[]> {
    const answer = await this.#requests.json<{ webhooks: WebhookResource[] }>({ ...options, path: '/api/webhooks' });
    return answer.webhooks;
  }

  read(webhookId: string, options: CallOptions = {}): Promise<WebhookResource> {
    return this.#requests.json({ ...options, path: pathOf(webhookId) });
  }

  change(webhookId: string, changes: WebhookChanges, options: CallOptions = {}): Promise<WebhookResource> {
    return this.#requests.json({ ...options, method: 'PATCH', path: pathOf(webhookId), body: changes });
  }

  async delete(webhookId: string, options: CallOptions = {}): Promise<void> {
    await this.#requests.answer({ ...options, method: 'DELETE', path: pathOf(webhookId) });
  }

  /** The newest hundred messages. */
  async deliveries(webhookId: string, options: CallOptions = {}): Promise<DeliveryResource[]> {
    const path = `${pathOf(webhookId)}/deliveries`;
    return (await this.#requests.json<{ deliveries: DeliveryResource[] }>({ ...options, path })).deliveries;
  }

  /** Sends a message once more. */
  resend(webhookId: string, deliveryId: string, options: CallOptions = {}): Promise<DeliveryResource> {
    const path = `${pathOf(webhookId)}/deliveries/${encodeURIComponent(deliveryId)}/resend`;
    return this.#requests.json({ ...options, method: 'POST', path });
  }
}

function pathOf(webhookId: string): string {
  return `/api/webhooks/${encodeURIComponent(webhookId)}`;
}
