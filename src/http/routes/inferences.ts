/** Inferences as resources. Their event streams are in events.ts. What they found and how it looks is in predictions.ts and overlays.ts. */
import { Hono } from 'hono';
import { listInferences, readInference } from '../../service/inferences.ts';
import type { AppContext } from '../context.ts';

export function inferenceResourceRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.get('/inferences', async c => c.json({ inferences: await listInferences(ctx, c.req.query('model_uid')) }));
  routes.get('/inferences/:id', async c => c.json(await readInference(ctx, c.req.param('id'))));

  return routes;
}
