/**
 * The API on workerd, the runtime of Cloudflare Workers; wrangler.jsonc beside this file configures it, docs/runtimes.md is the guide.
 *
 * A socket belongs to the request that opened it, so each request has a service of its own, whose connections end when its answer has been
 * sent or nobody reads it any more. LISTEN cannot live there: event streams poll. What the servers do beside requests is done at the cron
 * trigger. There is no migration: the migrator reads files, and `npm run migrate` is run from elsewhere.
 */
import type { MiddlewareHandler } from 'hono';
import { type Config, readConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { createApp } from '../http/app.ts';
import { toProblem } from '../http/problem.ts';
import { configureLog, logger } from '../log.ts';
import { openService, runJobsOnce, type Service } from './service.ts';

/** A request may hold six connections at a time there, of any kind. An upload works with three. */
const CONNECTIONS = 4;
const PING_MS = 1000;
const PING = new TextEncoder().encode(':\n\n');
const log = logger('api');

interface Assets {
  fetch(request: Request): Promise<Response>;
}
/** Bindings, and the variables of config.ts as texts. */
interface Environment {
  /** Its pool stands between this and Postgres. Absent: DATABASE_URL. */
  HYPERDRIVE?: { connectionString: string };
  /** The built page. */
  ASSETS?: Assets;
}
interface ExecutionContext {
  /** Keeps the request's sockets alive until the promise has settled. */
  waitUntil(promise: Promise<unknown>): void;
}
declare const FixedLengthStream: new (lengthBytes: number) => TransformStream<Uint8Array, Uint8Array>;
declare const IdentityTransformStream: new () => TransformStream<Uint8Array, Uint8Array>;

let configured: Promise<Config> | null = null;

async function configure(env: Environment): Promise<Config> {
  const given = Object.entries(env).filter(([, value]) => typeof value === 'string');
  // Reachable by everybody, so that API_KEYS must be set.
  const config = readConfig({ ...Object.fromEntries(given), HOST: '0.0.0.0', CHANGES: 'poll' });
  await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
  return config;
}

/** @throws AppError configuration_invalid. */
async function open(env: Environment): Promise<Service> {
  configured ??= configure(env);
  const config = await configured;
  const databaseUrl = env.HYPERDRIVE?.connectionString ?? config.DATABASE_URL;
  if (!databaseUrl)
    throw new AppError('configuration_invalid', 'There is neither a binding HYPERDRIVE nor a DATABASE_URL.');
  return openService(config, databaseUrl, { connections: CONNECTIONS });
}

function unconfigured(request: Request): Response {
  const error = new AppError('not_ready', 'The service is not configured yet.', {
    remedy: 'Its operator finds the reason in the log of the Worker.',
  });
  const problem = toProblem(error, new URL(request.url).pathname, crypto.randomUUID());
  const headers = { 'Content-Type': 'application/problem+json' };
  return Response.json(problem, { status: problem.status, headers });
}

function pageFrom(assets: Assets): MiddlewareHandler {
  return async (c, next) => {
    const file = await assets.fetch(c.req.raw);
    return file.status === 404 ? next() : file;
  };
}

/** The answer, whose end closes the service: all was sent, or the reader has left. */
function closingWith(response: Response, service: Service, context: ExecutionContext): Response {
  if (response.body === null) {
    context.waitUntil(service.close());
    return response;
  }
  // Only a stream of known length is sent with Content-Length there.
  const lengthBytes = response.headers.get('content-length');
  const { readable, writable } =
    lengthBytes === null ? new IdentityTransformStream() : new FixedLengthStream(Number(lengthBytes));
  const isEventStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const sent = isEventStream ? sendEvents(response.body, writable) : response.body.pipeTo(writable);
  context.waitUntil(
    sent.catch(error => log.info('An answer broke off: {error}', { error })).then(() => service.close()),
  );
  return new Response(readable, response);
}

/** Until the stream ends or the reader leaves. That one has left shows at the next write only, so there is one every second, an empty comment. */
async function sendEvents(body: ReadableStream<Uint8Array>, to: WritableStream<Uint8Array>): Promise<void> {
  const [events, writer] = [body.getReader(), to.getWriter()];
  let hasLeft = false;
  const left = writer.closed.catch(reason => {
    hasLeft = true;
    return events.cancel(reason);
  });
  const ping = setInterval(() => writer.write(PING).catch(() => {}), PING_MS); // a failed write settles `closed`
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) break;
      await writer.write(value);
    }
    await writer.close();
  } catch (error) {
    if (!hasLeft) throw error;
  } finally {
    clearInterval(ping);
  }
  await left;
}

export default {
  async fetch(request: Request, env: Environment, context: ExecutionContext): Promise<Response> {
    const service = await open(env).catch(error => {
      console.error(error); // the log is part of what could not be configured
      return null;
    });
    if (service === null) return unconfigured(request);
    const app = createApp(service.ctx, env.ASSETS && pageFrom(env.ASSETS));
    const response = await app.fetch(request);
    return closingWith(response, service, context);
  },

  /** The cron trigger of wrangler.jsonc. */
  async scheduled(_event: unknown, env: Environment): Promise<void> {
    const service = await open(env);
    try {
      await runJobsOnce(service.ctx);
    } finally {
      await service.close();
    }
  },
};
