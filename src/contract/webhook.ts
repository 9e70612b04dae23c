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

/** The body of a message. */
export const webhookPayloadSchema = z
  .object({
    type: z.enum(WEBHOOK_EVENTS),
    timestamp: z.iso.datetime().describe('When it happened, ISO 8601 in UTC.'),
    data: z.object({
      task_id: z.uuid(),
      model_uid: z.uuid().nullable().describe('null for a check.'),
      results_id: z.int().nullable().describe('Of an inference or an overlay.'),
      check_id: z.uuid().nullable().describe('Of a check.'),
      stopped_early: z.boolean(),
      error: taskErrorSchema.nullable(),
    }),
  })
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;

export const newWebhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .describe('Where messages are POSTed to.'),
    events: z.array(z.enum(WEBHOOK_EVENTS)).max(WEBHOOK_EVENTS.length).default([]).describe('Empty: all of them.'),
    description: z.string().max(500).nullable().default(null),
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'is whsec_ and the base64 of 24 to 64 bytes')
      .optional()
      .describe('Signs the messages; absent: one is drawn, and told in the answer.'),
  })
  .meta({ id: 'NewWebhook' });
export type NewWebhook = z.output<typeof newWebhookSchema>;

export const webhookChangesSchema = z
  .strictObject({
    url: newWebhookSchema.shape.url.optional(),
    events: newWebhookSchema.shape.events.unwrap().optional(),
    description: newWebhookSchema.shape.description.unwrap().optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'WebhookChanges' });
export type WebhookChanges = z.output<typeof webhookChangesSchema>;

export const webhookResourceSchema = z
  .object({
    webhook_id: z.uuid(),
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    description: z.string().nullable(),
    enabled: z.boolean().describe('false: switched off by request, or because its receiver answered 410 Gone.'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' });
export type WebhookResource = z.infer<typeof webhookResourceSchema>;

/** The secret is told once, when a webhook is made. */
export const createdWebhookSchema = webhookResourceSchema.extend({ secret: z.string() }).meta({ id: 'CreatedWebhook' });
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const deliveryAttemptSchema = z.object({
  at: z.iso.datetime(),
  status: z.int().nullable().describe('Of the answer; null: there was none.'),
  ms: z.int().min(0).describe('Until the answer, or until it was given up, in milliseconds.'),
  error: z.string().nullable().describe('Why it counts as failed; null: it succeeded.'),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

export const deliveryResourceSchema = z
  .object({
    delivery_id: z.uuid().describe('The webhook-id header, the same on every attempt.'),
    webhook_id: z.uuid(),
    event: z.enum(WEBHOOK_EVENTS),
    state: z.enum(DELIVERY_STATES),
    payload: webhookPayloadSchema,
    attempts: z.array(deliveryAttemptSchema),
    next_attempt_at: z.iso.datetime().nullable().describe('null: there will be none.'),
    created_at: z.iso.datetime(),
    delivered_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type DeliveryResource = z.infer<typeof deliveryResourceSchema>;
