/**
 * What the servers on Node, Deno and Bun have in common: configuration from the environment, a migrated database, a service with its jobs,
 * a server of the runtime around it, and an orderly end.
 */
import process from 'node:process';
import type { MiddlewareHandler } from 'hono';
import { type Config, readConfig } from '../config.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { AppError } from '../errors.ts';
import { createApp } from '../http/app.ts';
import { configureLog, logger } from '../log.ts';
import type { WorkersExpected } from '../service/health.ts';
import { openService, startJobs } from './service.ts';

/** How long requests under way may take after the order to stop. Event streams never end by themselves. */
const GRACE_MS = 500;
const CONNECTIONS = 20;
const log = logger('api');

export interface RunningApi {
  /** Where it answers, e.g. http://127.0.0.1:5000 */
  url: string;
  close(): Promise<void>;
}

/** A server of one runtime. */
interface Server {
  port: number;
  /** Takes no new requests; resolves once those under way are through. */
  stop(): Promise<unknown>;
  /** Breaks off those under way. */
  abort(): unknown;
}

export interface Runtime {
  page: MiddlewareHandler;
  /** Rejects with the code EADDRINUSE where the port is taken. */
  listen(fetch: (request: Request) => Response | Promise<Response>, config: Config): Promise<Server>;
}

/** @throws AppError configuration_invalid when the port is taken; database_unavailable. */
export async function serveOn(
  runtime: Runtime,
  {
    config,
    databaseUrl,
    workersExpected,
  }: { config: Config; databaseUrl: string; workersExpected?: WorkersExpected | null },
): Promise<RunningApi> {
  await migrateDatabase(databaseUrl);
  const service = openService(config, databaseUrl, {
    connections: CONNECTIONS,
    workersExpected: workersExpected ?? null,
  });
  const app = createApp(service.ctx, runtime.page);
  const server = await runtime.listen(app.fetch, config).catch(async error => {
    await service.close();
    throw portError(error, config);
  });
  const stopJobs = startJobs(service.ctx);
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  return {
    url: `http://${host}:${server.port}`,
    async close() {
      const aborting = setTimeout(() => server.abort(), GRACE_MS);
      await server.stop();
      clearTimeout(aborting);
      await stopJobs();
      await service.close();
    },
  };
}

/** The whole of an entry: serves what the environment says until the process is told to end. */
export async function serveFromEnvironment(runtime: Runtime): Promise<void> {
  try {
    const config = readConfig(process.env);
    await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
    if (!config.DATABASE_URL)
      throw new AppError('configuration_invalid', 'DATABASE_URL is not set.', { remedy: 'Set it, or use npm start.' });
    const api = await serveOn(runtime, { config, databaseUrl: config.DATABASE_URL });
    log.info('The API answers on {url}', { url: api.url });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close());
  } catch (error) {
    console.error(error instanceof AppError ? [error.message, error.remedy].filter(Boolean).join(' ') : error);
    process.exit(1);
  }
}

/** Says what to do about a port that is taken; any other error as it is. */
export function portError(error: Error & { code?: string }, config: Config): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new AppError('configuration_invalid', `Port ${config.PORT} on ${config.HOST} is taken by another program.`, {
    remedy: `Stop that program, or choose another port: PORT=${config.PORT + 1} npm start`,
    cause: error,
  });
}
