/**
 * The API on Node.js: opens the database named by DATABASE_URL, serves the app and the built page.
 * `npm run api` runs it alone, next to workers on other hosts; serve/local.ts runs it together with a database and workers.
 */
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { openBlobStore } from '../blobs/open-store.ts';
import { type Config, readConfig } from '../config.ts';
import { openClient } from '../db/client.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { AppError } from '../errors.ts';
import { createApp } from '../http/app.ts';
import { configureLog, logger } from '../log.ts';
import { ChangeFeed } from '../service/changes.ts';
import type { WorkersExpected } from '../service/health.ts';
import { startHousekeeping } from '../service/housekeeping.ts';

const PAGE_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
const log = logger('api');

export interface RunningApi {
  /** Where it answers, e.g. http://127.0.0.1:5000 */
  url: string;
  close(): Promise<void>;
}

/** @throws AppError configuration_invalid when the port is taken; database_unavailable. */
export async function serveApi(
  config: Config,
  databaseUrl: string,
  workersExpected: WorkersExpected | null = null,
): Promise<RunningApi> {
  await migrateDatabase(databaseUrl);
  const client = openClient(databaseUrl, { connections: 20, name: 'sleap api' });
  const changes = new ChangeFeed(client);
  const ctx = { client, config, changes, workersExpected, blobs: openBlobStore(config, client.sql) };
  const app = createApp(ctx, serveStatic({ root: PAGE_FOLDER }));

  const server = await new Promise<Server>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: config.HOST, port: config.PORT }, () =>
      resolve(starting),
    ) as Server;
    // Uploads of gigabytes over slow lines take longer than Node's five minutes.
    starting.requestTimeout = 0;
    starting.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, config)));
  }).catch(async error => {
    await client.close();
    throw error;
  });
  const stopHousekeeping = startHousekeeping(ctx);
  const { port } = server.address() as { port: number };
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  return {
    url: `http://${host}:${port}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      // Event streams never end by themselves; requests under way get a moment.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
      await stopHousekeeping();
      await changes.close();
      await client.close();
    },
  };
}

function portError(error: NodeJS.ErrnoException, config: Config): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new AppError('configuration_invalid', `Port ${config.PORT} on ${config.HOST} is taken by another program.`, {
    remedy: `Stop that program, or choose another port: PORT=${config.PORT + 1} npm start`,
    cause: error,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const config = readConfig(process.env);
    await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
    if (!config.DATABASE_URL)
      throw new AppError('configuration_invalid', 'DATABASE_URL is not set.', { remedy: 'Set it, or use npm start.' });
    const api = await serveApi(config, config.DATABASE_URL);
    log.info('The API answers on {url}', { url: api.url });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close());
  } catch (error) {
    console.error(error instanceof AppError ? [error.message, error.remedy].filter(Boolean).join(' ') : error);
    process.exit(1);
  }
}
