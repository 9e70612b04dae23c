/** Who works: for operators, and for whoever wonders why nothing begins. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { workerResourceSchema } from '../../contract/worker.ts';
import type { ServiceContext } from '../../service/context.ts';
import { listWorkers } from '../../service/workers.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { taggedJson } from '../json-etag.ts';

const answer = z.object({ workers: z.array(workerResourceSchema) });

export function workerRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/workers', operationId: 'listWorkers', tags: ['operation'] },
      summary: 'The workers and what each does',
      description: 'In the order of their start. A worker that fell silent is listed for a day.',
      responses: { 200: json(answer, 'All of them.'), ...problems() },
    }),
    async c => taggedJson(c, { workers: await listWorkers(ctx) }),
  );

  return routes;
}
