/** Models as resources, and their event streams; what the page reads. */
import { Hono } from 'hono';
import { readMetrics } from '../../service/metrics.ts';
import { listModels, readModel } from '../../service/read.ts';
import { watchModel, watchModels } from '../../service/watch.ts';
import type { AppContext } from '../context.ts';
import { streamEvents } from '../sse.ts';

export function modelRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.get('/models', async c => c.json({ models: await listModels(ctx) }));
  routes.get('/models/events', c => streamEvents(c, signal => watchModels(ctx, signal)));
  routes.get('/models/:uid', async c => c.json(await readModel(ctx, c.req.param('uid'))));

  routes.get('/models/:uid/metrics.json', async c => c.json(await readMetrics(ctx, c.req.param('uid'))));

  routes.get('/models/:uid/events', async c => {
    // Before the stream begins, so that an unknown model is a 404.
    const { model_uid: uid } = await readModel(ctx, c.req.param('uid'));
    const lastId = Number.parseInt(c.req.header('last-event-id') ?? '', 10);
    return streamEvents(
      c,
      signal => watchModel(ctx, uid, Number.isNaN(lastId) ? -1 : lastId, signal),
      event => (event.event === 'epoch' ? String(event.data.epoch) : null),
    );
  });

  return routes;
}
