/** What the benches of the page stand on: the built page over the real API and an embedded database, and headless Chromium. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { type Client, openClient } from '../../src/db/client.ts';
import { startEmbedded } from '../../src/db/embedded.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { serveApi } from '../../src/serve/node.ts';
import { openBrowser } from '../support/chromium.ts';

export interface PageWorld {
  client: Client;
  url: string;
  browser: Browser;
}

/** Builds the page, runs the bench in a world of its own, and ends the process. */
export async function benchInPageWorld(bench: (world: PageWorld) => Promise<void>): Promise<never> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], { cwd: root });
  const folder = await mkdtemp(join(tmpdir(), 'bench-page-'));
  const database = await startEmbedded(folder, { settings: { fsync: 'off' } });
  await migrateDatabase(database.url);
  const client = openClient(database.url, { connections: 4, name: 'bench' });
  const api = await serveApi(readConfig({ PORT: '0', LOG_LEVEL: 'error' }), database.url);
  const browser = await openBrowser();
  try {
    await bench({ client, url: api.url, browser });
  } finally {
    await browser.close();
    await api.close();
    await client.close();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
  process.exit(0);
}
