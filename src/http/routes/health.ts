/** For load balancers and start scripts: /healthz says the process answers, /readyz that work sent now will be done. No key is needed. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { requireReady } from '../../service/health.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import type { AppContext } from '../context.ts';

const open = { method: 'get' as const, tags: ['operation'], security: [] };

export function healthRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ ...open, path: '/healthz', operationId: 'readHealth' },
      summary: 'Whether the process answers',
      responses: { 200: json(z.object({ status: z.literal('ok') }), 'It does.') },
    }),
    c => c.json({ status: 'ok' as const }, 200),
  );

  const { 503: notReady } = problems('not_ready');
  routes.openapi(
    createRoute({
      ...{ ...open, path: '/readyz', operationId: 'readReadiness' },
      summary: 'Whether work sent now will be done',
      description:
        'The database answers with the tables of this version, and the workers that belong to the service are up.',
      responses: { 200: json(z.object({ status: z.literal('ready') }), 'It will.'), 503: notReady! },
    }),
    async c => {
      await requireReady(ctx, ctx.workersExpected);
      return c.json({ status: 'ready' as const }, 200);
    },
  );

  return routes;
}
