/** Tasks as resources: where a piece of work stands, and ending it without keeping anything. */
import { Hono } from 'hono';
import type { ServiceContext } from '../../service/context.ts';
import { cancelTask } from '../../service/control.ts';
import { readTask } from '../../service/read.ts';

export function taskRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();
  routes.get('/tasks/:id', async c => c.json(await readTask(ctx, c.req.param('id'))));
  routes.post('/tasks/:id/cancel', async c => c.json(await cancelTask(ctx, c.req.param('id'))));
  return routes;
}
