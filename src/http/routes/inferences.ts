/** Inferences as resources, and their event streams. What they found and how it looks is in predictions.ts and overlays.ts. */
import { Hono } from 'hono';
import { listInferences, readInference } from '../../service/inferences.ts';
import { watchInference } from '../../service/watch-inference.ts';
import type { AppContext } from '../context.ts';
import { streamEvents } from '../sse.ts';

export function inferenceResourceRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.get('/inferences', async c => c.json({ inferences: await listInferences(ctx, c.req.query('model_uid')) }));
  routes.get('/inferences/:id', async c => c.json(await readInference(ctx, c.req.param('id'))));

  routes.get('/inferences/:id/events', async c => {
    // Before the stream begins, so that an unknown inference is a 404.
    const inference = await readInference(ctx, c.req.param('id'));
    return streamEvents(c, signal => watchInference(ctx, inference, signal));
  });

  return routes;
}
