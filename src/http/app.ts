/**
 * The API as one Hono app, apart from any runtime: src/serve/* gives it a database, a page and a port.
 * A request passes the key check, then a route; whatever a route throws becomes a problem+json answer here, and one log line.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { AppError } from '../errors.ts';
import { logger } from '../log.ts';
import { apiRoutes } from './api-routes.ts';
import { requireKey } from './auth.ts';
import type { AppContext } from './context.ts';
import { allowOrigins } from './cors.ts';
import { describeApi } from './openapi.ts';
import { toProblem } from './problem.ts';
import { curveRoutes } from './routes/curves.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { inferenceRoutes } from './routes/inference.ts';
import { inferenceResourceRoutes } from './routes/inferences.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelFileRoutes } from './routes/model-files.ts';
import { modelRoutes } from './routes/models.ts';
import { overlayRoutes } from './routes/overlays.ts';
import { predictionRoutes } from './routes/predictions.ts';
import { sampleRoutes } from './routes/samples.ts';
import { sessionRoutes } from './routes/session.ts';
import { suggestionRoutes } from './routes/suggestions.ts';
import { taskLogRoutes } from './routes/task-log.ts';
import { taskRoutes } from './routes/tasks.ts';
import { trainingRoutes } from './routes/training.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { videoRoutes } from './routes/videos.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { workerRoutes } from './routes/workers.ts';

const log = logger('http');

/** @param page serves the web page for every path that is no route. */
export function createApp(ctx: AppContext, page?: MiddlewareHandler): OpenAPIHono {
  const app = apiRoutes();
  app.use(requestId());
  app.use(async (c, next) => {
    const started = Date.now();
    await next();
    const properties = {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Date.now() - started,
      request: c.get('requestId'),
    };
    // Event streams and polling are the bulk of requests: not worth a line each at the usual level.
    if (c.res.status === 500) log.error('{method} {path} {status} in {ms} ms, request {request}', properties);
    else if (c.req.method === 'GET') log.debug('{method} {path} {status} in {ms} ms', properties);
    else log.info('{method} {path} {status} in {ms} ms', properties);
  });
  app.use(async (c, next) => {
    await next();
    // Files come from strangers: what is said to be a video or a table must never be taken for a page, whatever its bytes look like.
    c.header('X-Content-Type-Options', 'nosniff');
  });
  app.use(allowOrigins(ctx.config.CORS_ORIGINS));
  app.use(requireKey(ctx.config.API_KEYS));

  app.route('/', healthRoutes(ctx));
  app.route('/', metricsRoutes(ctx));
  app.route('/api', sessionRoutes(ctx));
  app.route('/api', trainingRoutes(ctx));
  app.route('/api', eventRoutes(ctx));
  app.route('/api', datasetRoutes(ctx));
  app.route('/api', inferenceRoutes(ctx));
  app.route('/api', inferenceResourceRoutes(ctx));
  app.route('/api', predictionRoutes(ctx));
  app.route('/api', suggestionRoutes(ctx));
  app.route('/api', overlayRoutes(ctx));
  app.route('/api', videoRoutes(ctx));
  app.route('/api', curveRoutes(ctx));
  app.route('/api', modelRoutes(ctx));
  app.route('/api', modelFileRoutes(ctx));
  app.route('/api', sampleRoutes(ctx));
  app.route('/api', taskRoutes(ctx));
  app.route('/api', taskLogRoutes(ctx));
  app.route('/api', webhookRoutes(ctx));
  app.route('/api', workerRoutes(ctx));
  app.route('/api', uploadRoutes(ctx));
  describeApi(app);
  if (page) app.get('*', page);

  app.notFound(c => {
    const error = new AppError('not_found', `There is no ${c.req.method} ${c.req.path}.`);
    const problem = toProblem(error, c.req.path, c.get('requestId'));
    return c.json(problem, problem.status, { 'Content-Type': 'application/problem+json' });
  });
  app.onError((error, c) => {
    const problem = toProblem(error, c.req.path, c.get('requestId'));
    if (problem.status === 500)
      log.error('{method} {path} failed: {error}', { method: c.req.method, path: c.req.path, error });
    return c.json(problem, problem.status, { 'Content-Type': 'application/problem+json' });
  });
  return app;
}
