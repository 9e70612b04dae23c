/** A real server process of one runtime over a test file's own database, started as docs/runtimes.md says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, inject } from 'vitest';
import { freePort } from '../../src/db/free-port.ts';
import type { TestApi } from '../support/api.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Binaries } from './binaries.ts';

export type RuntimeName = 'node' | 'deno' | 'bun' | 'workerd';
export const KEY = 'key-of-the-tests';
/** Whose pages may call the API. */
export const ORIGIN = 'https://lab.example';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
/** Read often, so that a reader who stays in the books after leaving shows. */
const SETTINGS = { API_KEYS: KEY, CORS_ORIGINS: ORIGIN, POLL_SECONDS: '0.2', LOG_LEVEL: 'warning' };

export interface RuntimeServer extends TestApi {
  readonly pid: number;
}

interface Command {
  file: string;
  args: string[];
  environment: Record<string, string>;
}

/** Requests carry a key that the server knows, unless they bring an Authorization header. */
export function useServer(runtime: RuntimeName, database: TestDatabase): RuntimeServer {
  let server: ChildProcess | null = null;
  let url = '';
  const scratch = mkdtempSync(join(tmpdir(), `sleap-${runtime}-`));

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const { file, args, environment } = commandOf(runtime, { port, scratch, databaseUrl: database.url });
    const env = { ...process.env, ...environment, DO_NOT_TRACK: '1' };
    server = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [server.stdout!, server.stderr!]) stream.on('data', piece => (output += piece));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (
      !(await fetch(`${url}/healthz`).then(
        answer => answer.ok,
        () => false,
      ))
    ) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error(`${runtime} did not start:\n${output}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }, START_TIMEOUT_MS + 5000);

  afterAll(async () => {
    if (server !== null && server.exitCode === null) {
      server.kill('SIGTERM');
      const killing = setTimeout(() => server!.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const [code, signal] = await once(server, 'exit');
      clearTimeout(killing);
      if (signal === 'SIGKILL') throw new Error(`${runtime} did not stop (${code}).`);
    }
    rmSync(scratch, { recursive: true, force: true });
  });

  const send = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${KEY}`);
    return fetch(url + path, { ...init, headers });
  };
  return {
    get url() {
      return url;
    },
    get pid() {
      return server!.pid!;
    },
    get: send,
    post: (path, body, init) =>
      send(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
  };
}

function commandOf(
  runtime: RuntimeName,
  { port, scratch, databaseUrl }: { port: number; scratch: string; databaseUrl: string },
): Command {
  const binaries = inject('binaries');
  const entry = join(ROOT, 'src/serve', `${runtime}.ts`);
  const environment = { ...SETTINGS, DATABASE_URL: databaseUrl, PORT: String(port) };
  switch (runtime) {
    case 'node':
      return {
        file: process.execPath,
        args: ['--max-semi-space-size=4', '--max-old-space-size=1024', '--import', 'tsx', entry],
        environment,
      };
    case 'deno':
      return {
        file: binaries.deno,
        args: ['run', '-A', '--node-modules-dir=manual', entry],
        environment: { ...environment, DENO_DIR: binaries.denoCache, DENO_NO_UPDATE_CHECK: '1' },
      };
    case 'bun':
      return { file: binaries.bun, args: ['run', entry], environment };
    case 'workerd':
      return wranglerCommand(binaries, { port, scratch, databaseUrl });
  }
}

/** The committed configuration with paths and variables of this run; what wrangler writes goes to `scratch`, and it calls nobody. */
function wranglerCommand(
  { wrangler }: Binaries,
  { port, scratch, databaseUrl }: { port: number; scratch: string; databaseUrl: string },
): Command {
  const committed = readFileSync(join(ROOT, 'src/serve/wrangler.jsonc'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  const config = JSON.parse(committed);
  config.main = join(ROOT, 'src/serve', config.main);
  // A copy: wrangler starts anew whenever a file changes.
  config.assets.directory = join(scratch, 'page');
  cpSync(join(ROOT, 'dist/web'), config.assets.directory, { recursive: true });
  config.vars = { ...config.vars, ...SETTINGS };
  const path = join(scratch, 'wrangler.json');
  writeFileSync(path, JSON.stringify(config));
  return {
    file: process.execPath,
    args: [
      wrangler,
      'dev',
      '--local',
      '--test-scheduled',
      '--config',
      path,
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    environment: {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      XDG_CONFIG_HOME: scratch,
      CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl,
    },
  };
}
