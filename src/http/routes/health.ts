/** For load balancers and start scripts: /healthz says the process answers, /readyz that work sent now will be done. */
import { Hono } from 'hono';
import { requireReady } from '../../service/health.ts';
import type { AppContext } from '../context.ts';

export function healthRoutes(ctx: AppContext): Hono {
  const routes = new Hono();
  routes.get('/healthz', c => c.json({ status: 'ok' }));
  routes.get('/readyz', async c => {
    await requireReady(ctx, ctx.workersExpected);
    return c.json({ status: 'ready' });
  });
  return routes;
}
