/** Training logs for charts: the curves of several models, and the errors of one after each epoch. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { curvesQuerySchema, curvesSchema, epochErrorsQuerySchema, epochErrorsSchema } from '../../contract/curves.ts';
import type { ServiceContext } from '../../service/context.ts';
import { readCurves, readEpochErrors } from '../../service/curves.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { taggedJson } from '../json-etag.ts';
import { modelParams } from '../params.ts';
import { sentences } from '../sentences.ts';

const tags = ['models'];

const readCurvesRoute = createRoute({
  ...{ method: 'get', path: '/models/curves', operationId: 'readCurves', tags, request: { query: curvesQuerySchema } },
  summary: 'The training logs of several models, to be drawn',
  description: sentences(
    'With `points` the epochs are thinned: evenly spaced ones, always with the first, the last and the best (the lowest val_loss).',
    'Unknown models are left out, since one may have been deleted a moment ago.',
  ),
  responses: { 200: json(curvesSchema, 'The curves.'), ...problems('invalid_request') },
});

const readEpochErrorsRoute = createRoute({
  ...{ method: 'get', path: '/models/{uid}/errors', operationId: 'readEpochErrors', tags },
  summary: 'How far a model was from the labels after each epoch, to be drawn',
  description: sentences(
    'Over the validation frames, with the weights of that epoch: some numbers of metrics.json, which is a hundred times as long.',
    'Whoever follows the `epoch` events asks with `after` for what is new.',
  ),
  request: { params: modelParams, query: epochErrorsQuerySchema },
  responses: { 200: json(epochErrorsSchema, 'The errors.'), ...problems('invalid_request', 'not_found') },
});

/** To be registered before the routes of one model: `curves` is no uid. */
export function curveRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(readCurvesRoute, async c => taggedJson(c, await readCurves(ctx, c.req.valid('query'))));

  routes.openapi(readEpochErrorsRoute, async c =>
    taggedJson(c, await readEpochErrors(ctx, c.req.valid('param').uid, c.req.valid('query').after)),
  );

  return routes;
}
