/**
 * Figures for a monitor, in the text format of Prometheus (its "Exposition formats", version 0.0.4): gauges of the whole service, read from
 * the database, so that any one of several API processes tells all of them. What a process itself uses is left to the runtime's own tools.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ServiceContext } from '../../service/context.ts';
import { type Gauge, readGauges } from '../../service/gauges.ts';
import { problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';

export function metricsRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/metrics', operationId: 'readGauges', tags: ['operation'] },
      summary: 'Figures for a monitor (Prometheus)',
      description: 'Needs a key where the others do.',
      responses: {
        200: { description: 'Gauges as text.', content: { 'text/plain': { schema: z.string() } } },
        ...problems(),
      },
    }),
    async c => {
      const text = (await readGauges(ctx)).map(asText).join('');
      return c.text(text, 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    },
  );

  return routes;
}

/** No label of ours holds a quote, a backslash or a line break, which would have to be escaped. */
function asText({ name, help, samples }: Gauge): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
}
