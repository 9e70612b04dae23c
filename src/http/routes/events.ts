/** Event streams: of the list of models, of a model, of an inference. Each begins with the present state, so that nobody has to ask first. */
import { Hono } from 'hono';
import { readInference } from '../../service/inferences.ts';
import { readModel } from '../../service/read.ts';
import { watchModel, watchModels } from '../../service/watch.ts';
import { watchInference } from '../../service/watch-inference.ts';
import type { AppContext } from '../context.ts';
import { streamEvents } from '../sse.ts';

export function eventRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.get('/models/events', c => streamEvents(c, signal => watchModels(ctx, signal)));

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

  routes.get('/inferences/:id/events', async c => {
    // Before the stream begins, so that an unknown inference is a 404.
    const inference = await readInference(ctx, c.req.param('id'));
    return streamEvents(c, signal => watchInference(ctx, inference, signal));
  });

  return routes;
}
