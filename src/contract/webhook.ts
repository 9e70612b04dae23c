/**
 * Webhooks: who wants to hear of what, and what became of each message.
 * Messages are signed and repeated as Standard Webhooks says (standardwebhooks.com): webhook-id, webhook-timestamp, webhook-signature.
 */
import { z } from 'zod';
import { TASK_KINDS, type TaskKind, taskErrorSchema } from './task.ts';

/** What can happen to a task that somebody may want to hear of; `started` once, however often it is tried. */
const HAPPENINGS = ['started', 'succeeded', 'failed', 'canceled'] as const;
export type Happening = (typeof HAPPENINGS)[number];

export type WebhookEvent = `${TaskKind}.${Happening}`;

/** `train.started` to `check.canceled`. */
export const WEBHOOK_EVENTS = TASK_KINDS.flatMap(kind =>
  HAPPENINGS.map(happening => `${kind}.${happening}` as const),
) as [WebhookEvent, ...WebhookEvent[]];

export const webhookPayloadSchema = z
  .object({
    type: z.enum(WEBHOOK_EVENTS).describe('Kind of the task, and what happened to it.'),
    timestamp: z.iso.datetime().describe('When it happened, ISO 8601 in UTC.'),
    data: z
      .object({
        task_id: z.uuid().describe('The task it happened to.'),
        model_uid: z.uuid().nullable().describe('null for a check.'),
        results_id: z.int().nullable().describe('Of an inference or an overlay.'),
        check_id: z.uuid().nullable().describe('Of a check.'),
        stopped_early: z.boolean().describe('Ended by a stop; the best weights are kept.'),
        error: taskErrorSchema.nullable().describe('Why it failed; null: it has not.'),
      })
      .describe('The task, and what it belongs to.'),
  })
  .meta({ id: 'WebhookPayload', description: 'The body of a message.' });
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;

export const newWebhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .describe('Where messages are POSTed to.'),
    events: z.array(z.enum(WEBHOOK_EVENTS)).max(WEBHOOK_EVENTS.length).default([]).describe('Empty: all of them.'),
    description: z
      .string()
      .max(500)
      .regex(/^[^\0]*$/, 'must not hold a NUL')
      .nullable()
      .default(null)
      .describe('For people: what it is for.'),
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'is whsec_ and the base64 of 24 to 64 bytes')
      .optional()
      .describe('Signs the messages; absent: one is drawn, and told in the answer.'),
  })
  .meta({ id: 'NewWebhook', description: 'Who wants to hear of what.' });
export type NewWebhook = z.output<typeof newWebhookSchema>;

export const webhookChangesSchema = z
  .strictObject({
    url: newWebhookSchema.shape.url.optional(),
    events: newWebhookSchema.shape.events.unwrap().optional().describe('Empty: all of them.'),
    description: newWebhookSchema.shape.description.unwrap().optional().describe('For people: what it is for.'),
    enabled: z.boolean().optional().describe('false: send nothing; true: send again.'),
  })
  .meta({ id: 'WebhookChanges', description: 'What is to be changed; the rest stays.' });
export type WebhookChanges = z.output<typeof webhookChangesSchema>;

export const webhookResourceSchema = z
  .object({
    webhook_id: z.uuid().describe('Names the webhook.'),
    url: z.string().describe('Where messages are POSTed to.'),
    events: z.array(z.enum(WEBHOOK_EVENTS)).describe('What it hears of; empty: everything.'),
    description: z.string().nullable().describe('For people: what it is for.'),
    enabled: z.boolean().describe('false: switched off by request, or because its receiver answered 410 Gone.'),
    created_at: z.iso.datetime().describe('When it was made, ISO 8601 in UTC.'),
  })
  .meta({ id: 'Webhook', description: 'Who hears of what.' });
export type WebhookResource = z.infer<typeof webhookResourceSchema>;

/** The secret is told once, when a webhook is made. */
export const createdWebhookSchema = webhookResourceSchema
  .extend({ secret: z.string().describe('Signs the messages; told only now.') })
  .meta({ id: 'CreatedWebhook', description: 'A webhook, with its secret.' });
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const deliveryAttemptSchema = z.object({
  at: z.iso.datetime().describe('When it was made, ISO 8601 in UTC.'),
  status: z.int().nullable().describe('Of the answer; null: there was none.'),
  ms: z.int().min(0).describe('Until the answer, or until it was given up, in milliseconds.'),
  error: z.string().nullable().describe('Why it counts as failed; null: it succeeded.'),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

export const deliveryResourceSchema = z
  .object({
    delivery_id: z.uuid().describe('The webhook-id header, the same on every attempt.'),
    webhook_id: z.uuid().describe('Whom it is sent to.'),
    event: z.enum(WEBHOOK_EVENTS).describe('What it tells.'),
    state: z.enum(DELIVERY_STATES).describe('delivered and failed are final.'),
    payload: webhookPayloadSchema.describe('The body.'),
    attempts: z.array(deliveryAttemptSchema).describe('In order.'),
    next_attempt_at: z.iso.datetime().nullable().describe('null: there will be none.'),
    created_at: z.iso.datetime().describe('When it was made, ISO 8601 in UTC.'),
    delivered_at: z.iso.datetime().nullable().describe('When its receiver took it; null: it has not.'),
  })
  .meta({ id: 'WebhookDelivery', description: 'A message, and what became of it.' });
export type DeliveryResource = z.infer<typeof deliveryResourceSchema>;
