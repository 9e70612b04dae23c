/** The log of a task: its last lines, those after one, or all that come until it has ended; as JSON, or as text for people. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { stream } from 'hono/streaming';
import { type LogLine, logLineSchema, MOST_LINES, taskLogSchema } from '../../contract/task-log.ts';
import { followTaskLog, readTaskLog } from '../../service/task-log.ts';
import { problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import type { AppContext } from '../context.ts';
import { taskParams } from '../params.ts';
import { logBroken } from '../sse.ts';

const DESCRIPTION = `What happened to the task, in sentences: who took it up and on what device, each phase once an attempt, each epoch, warnings, and how it ended. The oldest lines of a long log are let go of.

With \`Accept: text/plain\` each line is \`2026-11-30T10:00:00.000Z info Sentence.\`

\`follow=true\` keeps the answer open: the last lines, then each new one as it is written (JSON lines or text), until the task has ended.`;

const logRoute = createRoute({
  ...{ method: 'get', path: '/tasks/{id}/log', operationId: 'readTaskLog', tags: ['tasks'] },
  summary: 'What happened to a task, line by line',
  description: DESCRIPTION,
  request: {
    params: taskParams,
    query: z.object({
      tail: z.coerce
        .number()
        .int()
        .min(1)
        .max(MOST_LINES)
        .optional()
        .meta({ description: 'At most so many lines, the last ones; 100 where `after` is not given either.' }),
      after: z.coerce
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .optional()
        .meta({
          description: `Only lines after this number, for readers that ask again and again; without \`tail\` the first ${MOST_LINES} of them.`,
        }),
      follow: z.enum(['true', 'false']).default('false').meta({ description: 'Goes on until the task has ended.' }),
    }),
  },
  responses: {
    200: {
      description: 'The lines in their order.',
      content: Object.fromEntries([
        ['application/json', { schema: taskLogSchema }],
        ['application/x-ndjson', { schema: logLineSchema }],
        ['text/plain', { schema: z.string() }],
      ]),
    },
    ...problems('not_found', 'invalid_request'),
  },
});

export function taskLogRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(logRoute, async c => {
    const { id } = c.req.valid('param');
    const { follow, ...range } = c.req.valid('query');
    const bounds = { tail: range.tail, after: range.after };
    const isText = wantsText(c);
    c.header('Vary', 'Accept');
    if (follow === 'false') {
      const log = await readTaskLog(ctx, id, bounds);
      return isText ? c.text(log.lines.map(textOf).join('')) : c.json(log, 200);
    }
    // Before the answer begins, so that an unknown task is a 404.
    await readTaskLog(ctx, id, { tail: 1, after: undefined });
    const format = isText ? textOf : (line: LogLine) => `${JSON.stringify(line)}\n`;
    c.header('Content-Type', isText ? 'text/plain; charset=UTF-8' : 'application/x-ndjson');
    return streamLines(c, signal => followTaskLog(ctx, id, bounds, signal), format);
  });

  return routes;
}

function wantsText(c: Context): boolean {
  const supports = ['application/json', 'application/x-ndjson', 'text/plain'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/plain';
}

function textOf({ at, level, message }: LogLine): string {
  return `${at} ${level} ${message.replaceAll('\n', ' ')}\n`;
}

function streamLines(
  c: Context,
  lines: (signal: AbortSignal) => AsyncIterable<LogLine>,
  format: (line: LogLine) => string,
): Response {
  c.header('X-Accel-Buffering', 'no');
  // Nobody reads the body of an answer to HEAD: a stream would wait for ever.
  if (c.req.method === 'HEAD') return c.body(null);
  return stream(
    c,
    async body => {
      const gone = new AbortController();
      body.onAbort(() => gone.abort());
      for await (const line of lines(gone.signal)) await body.write(format(line));
    },
    async error => logBroken(error),
  );
}
