/**
 * Event streams: of the list of models, of a model, a task, an inference. Each begins with the present state, so that nobody has to ask
 * first, and can be gone on with after the last event that was seen.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  cursorOf,
  inferenceEventSchema,
  modelEventSchema,
  modelsEventSchema,
  taskEventSchema,
} from '../../contract/events.ts';
import { AppError } from '../../errors.ts';
import { readInference } from '../../service/inferences.ts';
import { readModel, readTask } from '../../service/read.ts';
import { watchModel, watchModels } from '../../service/watch.ts';
import { watchInference } from '../../service/watch-inference.ts';
import { watchModelChanges } from '../../service/watch-model-changes.ts';
import { type Reader, watchTask } from '../../service/watch-task.ts';
import { eventStream, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import type { AppContext } from '../context.ts';
import { inferenceParams, modelParams, taskParams } from '../params.ts';
import { streamEvents } from '../sse.ts';

const TASK_EVENTS = ['phase', 'epoch', 'log', 'step', 'done'];

const HOW = `Server-sent events. The present state comes at once, then each change, at most four a second; a comment every 15 s keeps proxies from closing the line.

| event | data | when |
|---|---|---|
| \`phase\` | PhaseEvent | the state, the phase, the place in the queue, the attempt, the worker or what was asked of it changed |
| \`epoch\` | a line of the training log | an epoch has ended |
| \`log\` | LogLine | something happened that is worth a sentence |
| \`step\` | StepEvent | the phase moved on |
| \`done\` | DoneEvent | the task has ended; always the last |

\`epoch\` and \`log\` have an id. A reader that lost the line connects again with the last one as \`Last-Event-ID\`, as browsers do by themselves, and gets every epoch and every line that came after it, once. A number alone is an epoch; any other text begins from the start.`;

const headers = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({ description: 'Id of the last event that was seen.', examples: ['18.42'] }),
});
const query = z.object({
  last_event_id: z.string().optional().meta({ description: 'The same, for readers that cannot send headers.' }),
  events: z
    .string()
    .optional()
    .meta({ description: 'Names of the events that are wanted, comma-separated; absent: all. `done` always comes.' }),
});

const OF_THE_LIST = `Server-sent events, at most once a second; the stream has no end.

Without \`events\`: \`models\` with the newest 100, whole, at once and then after each change.

With \`events=model,deleted\`, for a list of any length:

| event | data | when |
|---|---|---|
| \`ready\` | ReadyEvent | at once: nothing that happens from here on is missed, so the reader now reads the pages of \`GET /api/models\`. It always comes |
| \`model\` | the whole model | one is new, or something of it changed |
| \`deleted\` | its \`model_uid\` | one is gone |

There are no ids: a reader that lost the line gets \`ready\` again, and reads the pages again.`;

const modelsQuery = z.object({
  events: z
    .string()
    .optional()
    .meta({
      examples: ['model,deleted'],
      description: 'Names of the events that are wanted, comma-separated; absent: `models`, which goes with no other.',
    }),
});

const modelsRoute = createRoute({
  ...{ method: 'get', path: '/models/events', operationId: 'watchModels', tags: ['models'] },
  summary: 'The list of models, whenever something in it changed',
  description: OF_THE_LIST,
  request: { query: modelsQuery },
  responses: { 200: eventStream('The stream; it has no end.', modelsEventSchema), ...problems('invalid_request') },
});
const modelRoute = createRoute({
  ...{ method: 'get', path: '/models/{uid}/events', operationId: 'watchModel', tags: ['models'] },
  summary: 'A training or an import, as it happens',
  description: `${HOW}\n\nBeside these \`model\`: the whole model, whenever something of it changed.`,
  request: { params: modelParams, headers, query },
  responses: { 200: eventStream('The stream.', modelEventSchema), ...problems('not_found', 'invalid_request') },
});
const taskRoute = createRoute({
  ...{ method: 'get', path: '/tasks/{id}/events', operationId: 'watchTask', tags: ['tasks'] },
  summary: 'A task, as it happens',
  description: HOW,
  request: { params: taskParams, headers, query },
  responses: { 200: eventStream('The stream.', taskEventSchema), ...problems('not_found', 'invalid_request') },
});
const inferenceRoute = createRoute({
  ...{ method: 'get', path: '/inferences/{id}/events', operationId: 'watchInference', tags: ['inferences'] },
  summary: 'An inference, as it happens',
  description: `${HOW}\n\nBeside these \`inference\`: the whole inference, whenever something of it changed. While an overlay is being made the stream stays open for it.`,
  request: { params: inferenceParams, headers, query },
  responses: { 200: eventStream('The stream.', inferenceEventSchema), ...problems('not_found', 'invalid_request') },
});

export function eventRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  // What is to be followed is looked up before the stream begins, so that an unknown one is a 404.
  routes.openapi(modelsRoute, c => {
    const wanted = wantedOf(c, ['models', 'ready', 'model', 'deleted']);
    if (wanted === null || wanted.has('models')) {
      if (wanted !== null && wanted.size > 1) throw notTogether();
      return streamEvents(c, signal => watchModels(ctx, signal));
    }
    return streamEvents(c, signal => watchModelChanges(ctx, wanted, signal));
  });

  routes.openapi(modelRoute, async c => {
    const model = await readModel(ctx, c.req.valid('param').uid);
    const reader = readerOf(c, [...TASK_EVENTS, 'model']);
    return streamEvents(c, signal => watchModel(ctx, model, reader, signal));
  });

  routes.openapi(taskRoute, async c => {
    const { task_id: taskId } = await readTask(ctx, c.req.valid('param').id);
    const reader = readerOf(c, TASK_EVENTS);
    return streamEvents(c, signal => watchTask(ctx, taskId, reader, signal));
  });

  routes.openapi(inferenceRoute, async c => {
    const inference = await readInference(ctx, c.req.valid('param').id);
    const reader = readerOf(c, [...TASK_EVENTS, 'inference']);
    return streamEvents(c, signal => watchInference(ctx, inference, reader, signal));
  });

  return routes;
}

/** @throws AppError invalid_request for an event that the stream does not have. */
function readerOf(c: Context, names: readonly string[]): Reader {
  const cursor = cursorOf(c.req.header('last-event-id') ?? c.req.query('last_event_id'));
  return { cursor, events: wantedOf(c, names) };
}

/** The names in `?events=`; null: it is not there. @throws AppError invalid_request for an event that the stream does not have. */
function wantedOf(c: Context, names: readonly string[]): ReadonlySet<string> | null {
  const wanted = c.req.query('events')?.split(',');
  const unknown = wanted?.find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new AppError('invalid_request', `events: "${unknown.slice(0, 80)}" is no event of this stream.`, {
      remedy: `Name some of ${names.join(', ')}, with commas between them.`,
    });
  return wanted ? new Set(wanted) : null;
}

function notTogether(): AppError {
  return new AppError('invalid_request', 'events: "models", the list whole, goes with no other event.', {
    remedy: 'Send events=model,deleted for what changes, or no events at all for the newest 100 models.',
  });
}
