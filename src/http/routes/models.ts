/** Models as resources: their list, one of them, its name and tags, deleting it. Their event streams are in events.ts, their files in model-files.ts. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { modelListQuerySchema, modelPageSchema } from '../../contract/list-query.ts';
import { modelMetricsSchema, modelResourceSchema } from '../../contract/model.ts';
import { modelChangesSchema } from '../../contract/model-changes.ts';
import type { ServiceContext } from '../../service/context.ts';
import { deleteModel } from '../../service/deletions.ts';
import { pageOfModels } from '../../service/lists.ts';
import { readMetrics } from '../../service/metrics.ts';
import { changeModel } from '../../service/model-changes.ts';
import { readModel } from '../../service/read.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { taggedJson } from '../json-etag.ts';
import { requireMergePatch } from '../merge-patch.ts';
import { linkNextPage } from '../next-page.ts';
import { modelParams } from '../params.ts';

const tags = ['models'];
const changes = { schema: modelChangesSchema };

const listModelsRoute = createRoute({
  ...{ method: 'get', path: '/models', operationId: 'listModels', tags },
  request: { query: modelListQuerySchema },
  summary: 'The models, in pages',
  responses: {
    200: json(modelPageSchema, 'A page. A Link header with rel="next" names the next one.'),
    ...problems('invalid_request'),
  },
});

const readModelRoute = createRoute({
  ...{ method: 'get', path: '/models/{uid}', operationId: 'readModel', tags, request: { params: modelParams } },
  summary: 'A model: where its training stands and how good it is',
  responses: { 200: json(modelResourceSchema, 'The model.'), ...problems('not_found') },
});

const readMetricsRoute = createRoute({
  ...{
    method: 'get',
    path: '/models/{uid}/metrics.json',
    operationId: 'readMetrics',
    tags,
    request: { params: modelParams },
  },
  summary: 'How good a model was after each epoch and is now',
  responses: { 200: json(modelMetricsSchema, 'Every epoch so far.'), ...problems('not_found') },
});

const changeModelRoute = createRoute({
  ...{ method: 'patch', path: '/models/{uid}', operationId: 'changeModel', tags },
  summary: 'Name or tag a model',
  description: 'A JSON merge patch (RFC 7396): what is absent stays as it is.',
  middleware: requireMergePatch,
  request: {
    params: modelParams,
    body: { required: true, content: { 'application/merge-patch+json': changes, 'application/json': changes } },
  },
  responses: {
    200: json(modelResourceSchema, 'The model as it is now.'),
    ...problems('invalid_request', 'not_json', 'unsupported_media_type', 'not_found'),
  },
});

const deleteModelRoute = createRoute({
  ...{ method: 'delete', path: '/models/{uid}', operationId: 'deleteModel', tags, request: { params: modelParams } },
  summary: 'Delete a model and all that belongs to it',
  description:
    'With it go its tasks, training log, files and samples, and its inferences with their predictions and overlays. Models that went on from it stay. A dataset or video that something else uses stays too.',
  responses: { 204: { description: 'It is gone.' }, ...problems('not_found', 'task_is_active') },
});

export function modelRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(listModelsRoute, async c => {
    const page = await pageOfModels(ctx, c.req.valid('query'));
    linkNextPage(c, page.next_cursor);
    return taggedJson(c, page);
  });

  routes.openapi(readModelRoute, async c => taggedJson(c, await readModel(ctx, c.req.valid('param').uid)));

  routes.openapi(readMetricsRoute, async c => taggedJson(c, await readMetrics(ctx, c.req.valid('param').uid)));

  routes.openapi(changeModelRoute, async c =>
    c.json(await changeModel(ctx, c.req.valid('param').uid, c.req.valid('json')), 200),
  );

  routes.openapi(deleteModelRoute, async c => {
    await deleteModel(ctx, c.req.valid('param').uid);
    return c.body(null, 204);
  });

  return routes;
}
