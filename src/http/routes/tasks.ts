/** Tasks as resources: where a piece of work stands, and ending it without keeping anything. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { taskListQuerySchema, taskPageSchema } from '../../contract/list-query.ts';
import { taskResourceSchema } from '../../contract/task.ts';
import type { ServiceContext } from '../../service/context.ts';
import { cancelTask } from '../../service/control.ts';
import { pageOfTasks } from '../../service/lists.ts';
import { readTask } from '../../service/read.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { taggedJson } from '../json-etag.ts';
import { linkNextPage } from '../next-page.ts';
import { taskParams } from '../params.ts';

const tags = ['tasks'];

export function taskRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/tasks', operationId: 'listTasks', tags, request: { query: taskListQuerySchema } },
      summary: 'The tasks, in pages',
      responses: {
        200: json(taskPageSchema, 'A page. A Link header with rel="next" names the next one.'),
        ...problems('invalid_request', 'not_found'),
      },
    }),
    async c => {
      const page = await pageOfTasks(ctx, c.req.valid('query'));
      linkNextPage(c, page.next_cursor);
      return taggedJson(c, page);
    },
  );

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/tasks/{id}', operationId: 'readTask', tags, request: { params: taskParams } },
      summary: 'Where a task stands',
      responses: { 200: json(taskResourceSchema, 'The task.'), ...problems('not_found') },
    }),
    async c => taggedJson(c, await readTask(ctx, c.req.valid('param').id)),
  );

  routes.openapi(
    createRoute({
      ...{
        method: 'post',
        path: '/tasks/{id}/cancel',
        operationId: 'cancelTask',
        tags,
        request: { params: taskParams },
      },
      summary: 'End a task and discard what it did',
      description: 'A task that no worker holds ends at once. A worker obeys between two batches, or is ended.',
      responses: {
        200: json(taskResourceSchema, 'The task, with `control` set until the worker has obeyed.'),
        ...problems('not_found', 'already_finished'),
      },
    }),
    async c => c.json(await cancelTask(ctx, c.req.valid('param').id), 200),
  );

  return routes;
}
