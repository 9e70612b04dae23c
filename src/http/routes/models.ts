/** Models as resources. Their event streams are in events.ts. */
import { Hono } from 'hono';
import { readMetrics } from '../../service/metrics.ts';
import { listModels, readModel } from '../../service/read.ts';
import type { AppContext } from '../context.ts';

export function modelRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.get('/models', async c => c.json({ models: await listModels(ctx) }));
  routes.get('/models/:uid', async c => c.json(await readModel(ctx, c.req.param('uid'))));

  routes.get('/models/:uid/metrics.json', async c => c.json(await readMetrics(ctx, c.req.param('uid'))));

  return routes;
}
