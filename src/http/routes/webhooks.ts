/** Webhooks as resources, and the log of what was sent to them. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import {
  createdWebhookSchema,
  deliveryResourceSchema,
  newWebhookSchema,
  webhookChangesSchema,
  webhookResourceSchema,
} from '../../contract/webhook.ts';
import type { ServiceContext } from '../../service/context.ts';
import { listDeliveries, resendDelivery } from '../../service/deliveries.ts';
import { changeWebhook, createWebhook, deleteWebhook, listWebhooks, readWebhook } from '../../service/webhooks.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';

const tags = ['webhooks'];
const id = z.string().meta({ format: 'uuid', description: 'The webhook_id.' });
const one = { params: z.object({ id }) };
const headers = z.object({ 'idempotency-key': z.string().optional().describe('Makes it safe to send this again.') });

const create = createRoute({
  ...{ method: 'post', path: '/webhooks', operationId: 'createWebhook', tags },
  summary: 'Be told of what happens to tasks',
  description:
    'Every message is a POST with a WebhookPayload, signed as Standard Webhooks has it: headers webhook-id, webhook-timestamp, webhook-signature. ' +
    'Any 2xx is success. Otherwise it is repeated after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h; 410 switches the webhook off. ' +
    'A message may come twice, or after a later one: webhook-id tells.',
  request: { headers, body: { required: true, content: { 'application/json': { schema: newWebhookSchema } } } },
  responses: {
    201: json(createdWebhookSchema, 'The webhook, with the secret that its messages are signed with.'),
    ...problems('invalid_request', 'not_json', 'unsupported_media_type', 'idempotency_key_reused'),
  },
});

const list = createRoute({
  ...{ method: 'get', path: '/webhooks', operationId: 'listWebhooks', tags },
  summary: 'All webhooks',
  responses: {
    200: json(z.object({ webhooks: z.array(webhookResourceSchema) }), 'In the order in which they were made.'),
    ...problems(),
  },
});

const read = createRoute({
  ...{ method: 'get', path: '/webhooks/{id}', operationId: 'readWebhook', tags, request: one },
  summary: 'One webhook',
  responses: { 200: json(webhookResourceSchema, 'The webhook.'), ...problems('not_found') },
});

const change = createRoute({
  ...{ method: 'patch', path: '/webhooks/{id}', operationId: 'changeWebhook', tags },
  summary: 'Change a webhook, or switch it on or off',
  description: 'What is not given stays. Messages that are due wait while it is off.',
  request: { ...one, body: { required: true, content: { 'application/json': { schema: webhookChangesSchema } } } },
  responses: {
    200: json(webhookResourceSchema, 'The webhook.'),
    ...problems('invalid_request', 'not_json', 'unsupported_media_type', 'not_found'),
  },
});

const remove = createRoute({
  ...{ method: 'delete', path: '/webhooks/{id}', operationId: 'deleteWebhook', tags, request: one },
  summary: 'End a webhook; its messages go with it',
  responses: { 204: { description: 'It is gone.' }, ...problems('not_found') },
});

const deliveries = createRoute({
  ...{ method: 'get', path: '/webhooks/{id}/deliveries', operationId: 'listDeliveries', tags, request: one },
  summary: 'What was sent to a webhook',
  responses: {
    200: json(
      z.object({ deliveries: z.array(deliveryResourceSchema) }),
      'The newest 100 messages, each with every attempt. Messages are kept for 30 days.',
    ),
    ...problems('not_found'),
  },
});

const resend = createRoute({
  ...{ method: 'post', path: '/webhooks/{id}/deliveries/{delivery}/resend', operationId: 'resendDelivery', tags },
  summary: 'Send a message again',
  description: 'At once, or when the webhook is switched on. One that was given up before gets this one attempt.',
  request: {
    params: z.object({ id, delivery: z.string().meta({ format: 'uuid', description: 'The delivery_id.' }) }),
  },
  responses: { 202: json(deliveryResourceSchema, 'The message, pending.'), ...problems('not_found') },
});

export function webhookRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(create, async c => {
    const wanted = c.req.valid('json');
    const { answer, replayed } = await createWebhook(ctx, wanted, idempotencyOf(c, wanted, null));
    markReplayed(c, replayed);
    return c.json(answer, 201, { Location: `/api/webhooks/${answer.webhook_id}` });
  });
  routes.openapi(list, async c => c.json({ webhooks: await listWebhooks(ctx) }, 200));
  routes.openapi(read, async c => c.json(await readWebhook(ctx, c.req.valid('param').id), 200));
  routes.openapi(change, async c =>
    c.json(await changeWebhook(ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  );
  routes.openapi(remove, async c => {
    await deleteWebhook(ctx, c.req.valid('param').id);
    return c.body(null, 204);
  });
  routes.openapi(deliveries, async c =>
    c.json({ deliveries: await listDeliveries(ctx, c.req.valid('param').id) }, 200),
  );
  routes.openapi(resend, async c => {
    const { id: webhook, delivery } = c.req.valid('param');
    return c.json(await resendDelivery(ctx, webhook, delivery), 202);
  });

  return routes;
}
