/**
 * Inferences as resources: their list, one of them, deleting it. Their event streams are in events.ts, what they found and how it looks in
 * predictions.ts and overlays.ts.
 */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { inferenceResourceSchema } from '../../contract/inference-resource.ts';
import { inferenceListQuerySchema, inferencePageSchema } from '../../contract/list-query.ts';
import type { ServiceContext } from '../../service/context.ts';
import { deleteInference } from '../../service/deletions.ts';
import { readInference } from '../../service/inferences.ts';
import { pageOfInferences } from '../../service/lists.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { taggedJson } from '../json-etag.ts';
import { linkNextPage } from '../next-page.ts';
import { inferenceParams } from '../params.ts';

const tags = ['inferences'];

export function inferenceResourceRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/inferences', operationId: 'listInferences', tags },
      request: { query: inferenceListQuerySchema },
      summary: 'The inferences, in pages',
      responses: {
        200: json(inferencePageSchema, 'A page. A Link header with rel="next" names the next one.'),
        ...problems('invalid_request', 'not_found'),
      },
    }),
    async c => {
      const page = await pageOfInferences(ctx, c.req.valid('query'));
      linkNextPage(c, page.next_cursor);
      return taggedJson(c, page);
    },
  );

  routes.openapi(
    createRoute({
      ...{
        method: 'get',
        path: '/inferences/{id}',
        operationId: 'readInference',
        tags,
        request: { params: inferenceParams },
      },
      summary: 'An inference: where it stands, and its newest overlay',
      responses: { 200: json(inferenceResourceSchema, 'The inference.'), ...problems('not_found') },
    }),
    async c => taggedJson(c, await readInference(ctx, c.req.valid('param').id)),
  );

  routes.openapi(
    createRoute({
      ...{
        method: 'delete',
        path: '/inferences/{id}',
        operationId: 'deleteInference',
        tags,
        request: { params: inferenceParams },
      },
      summary: 'Delete an inference with its predictions and its overlay',
      responses: { 204: { description: 'It is gone.' }, ...problems('not_found', 'task_is_active') },
    }),
    async c => {
      await deleteInference(ctx, c.req.valid('param').id);
      return c.body(null, 204);
    },
  );

  return routes;
}
