/**
 * The description of the API (OpenAPI 3.1), made from the routes themselves. `docs/openapi.json` is a copy for those who generate clients;
 * a test compares the two, and `npm run openapi` writes it. web/docs.html shows it to people.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { webhookPayloadSchema } from '../contract/webhook.ts';
import type { ApiDocument } from './api-document.ts';
import { componentSchemas } from './component-schemas.ts';
import { addExamples } from './examples.ts';

const DESCRIPTION = `Trains animal-keypoint networks on labelled images and runs them on videos.

A *model* is one training run and what it yields. A *task* is one queued unit of work. An *inference* is one video run through one model. A *worker* does the work.
Coordinates are pixels of the original image or video: x to the right, y down, whole numbers at the centres of pixels. Times are ISO 8601 in UTC where nothing else is said.
Every error is \`application/problem+json\` (RFC 9457) with a code from a closed set and, where there is one, a remedy.`;

const TAGS = [
  {
    name: 'the seven routes',
    description: 'Stable: names, types and status codes are those of the first SLEAP microservice.',
  },
  { name: 'models', description: 'Trainings and imported models.' },
  { name: 'datasets', description: 'Looking into a dataset before anybody trains on it.' },
  { name: 'inferences', description: 'Videos run through models, and what was found.' },
  { name: 'tasks', description: 'Where a piece of work stands, its log, and ending it.' },
  { name: 'uploads', description: 'Files sent ahead, at once or in pieces (tus 1.0).' },
  { name: 'webhooks', description: 'Being told, as Standard Webhooks has it.' },
  { name: 'access', description: 'Signing in, for pages: what cannot send a header sends a cookie.' },
  { name: 'operation', description: 'Workers and health.' },
];

/** Serves the description of all routes that `app` has by the time it is asked for. */
export function describeApi(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of API_KEYS; needed only where the service has some. Basic with the key as password does as well, and so does the cookie of POST /api/session.',
  });
  describeMessages(app);
  let document: ApiDocument | null = null;
  app.get('/openapi.json', c => c.json((document ??= apiDocument(app))));
}

export function apiDocument(app: OpenAPIHono): ApiDocument {
  const { components, ...described } = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'SLEAP microservice',
      version: '0.1.0',
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    tags: TAGS,
    security: [{}, { key: [] }],
  });
  const { paths, webhooks } = described as unknown as ApiDocument;
  addExamples(paths);
  const operations = Object.values(paths).flatMap(item => Object.values(item));
  const messages = Object.values(webhooks).flatMap(item => Object.values(item));
  const schemas = componentSchemas(
    operations.map(({ parameters, requestBody }) => [parameters, requestBody]),
    // What the service sends by itself is an answer, too.
    [operations.map(({ responses }) => responses), messages],
  );
  return {
    ...described,
    components: { ...components, schemas: { ...components?.schemas, ...schemas } },
  } as unknown as ApiDocument;
}

/** What a receiver of webhooks gets and what its answer does (standardwebhooks.com). */
function describeMessages(app: OpenAPIHono): void {
  const header = (name: string, description: string) => ({
    ...{ name, in: 'header' as const, required: true, description },
    schema: { type: 'string' as const },
  });
  app.openAPIRegistry.registerWebhook({
    ...{ method: 'post', path: 'task', operationId: 'taskHappened', tags: ['webhooks'] },
    summary: 'Something happened to a task',
    description: 'Sent to the url of each webhook that wants to hear of it.',
    security: [],
    parameters: [
      header('webhook-id', 'The same on every attempt: what has been seen before can be passed over.'),
      header('webhook-timestamp', 'Seconds since 1970 when this attempt was made; refuse what is old.'),
      header('webhook-signature', 'v1, and the base64 of the HMAC-SHA256 of id.timestamp.body with the secret.'),
    ],
    request: { body: { required: true, content: { 'application/json': { schema: webhookPayloadSchema } } } },
    responses: {
      '2XX': { description: 'It has arrived.' },
      410: { description: 'Nothing more is wanted: the webhook is switched off.' },
      default: { description: 'It is sent again, after waits that grow.' },
    },
  });
}
