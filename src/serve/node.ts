/**
 * The API on Node.js: opens the database named by DATABASE_URL, serves the app and the built page.
 * `npm run api` runs it alone, next to workers on other hosts; serve/local.ts runs it together with a database and workers.
 */
import type { Server } from 'node:http';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Config } from '../config.ts';
import type { WorkersExpected } from '../service/health.ts';
import { PAGE_FILES } from './page-files.ts';
import { type RunningApi, type Runtime, serveFromEnvironment, serveOn } from './process.ts';

export const NODE: Runtime = {
  page: serveStatic(PAGE_FILES),
  async listen(fetch, { HOST: hostname, PORT: port }) {
    const server = await new Promise<Server>((resolve, reject) => {
      const starting = serve({ fetch, hostname, port }, () => resolve(starting)) as Server;
      // Uploads of gigabytes over slow lines take longer than Node's five minutes.
      starting.requestTimeout = 0;
      starting.once('error', reject);
    });
    return {
      port: (server.address() as { port: number }).port,
      stop: () => new Promise(resolve => server.close(resolve)),
      abort: () => server.closeAllConnections(),
    };
  },
};

/** @throws AppError configuration_invalid when the port is taken; database_unavailable. */
export function serveApi(
  config: Config,
  databaseUrl: string,
  workersExpected: WorkersExpected | null = null,
): Promise<RunningApi> {
  return serveOn(NODE, { config, databaseUrl, workersExpected });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serveFromEnvironment(NODE);
