/**
 * The description of the API (OpenAPI 3.1), made from the routes themselves. `docs/openapi.json` is a copy for those who generate clients;
 * a test compares the two, and `npm run openapi` writes it.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';

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
  { name: 'operation', description: 'Workers and health.' },
];

/** Serves the description of all routes that `app` has by the time it is asked for. */
export function describeApi(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of API_KEYS; needed only where the service has some. Basic with the key as password does as well.',
  });
  app.doc31('/openapi.json', {
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
}
