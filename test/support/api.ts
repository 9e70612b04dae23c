/** The real app on a real port, over a test file's own database; no worker. */
import { afterAll, beforeAll } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import type { TestDatabase } from './database.ts';

export interface TestApi {
  readonly url: string;
  get(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
}

export function useApi(database: TestDatabase, environment: Record<string, string> = {}): TestApi {
  let api: RunningApi | null = null;
  beforeAll(async () => {
    const config = readConfig({ PORT: '0', POLL_SECONDS: '0.2', ...environment });
    api = await serveApi(config, database.url);
  });
  afterAll(() => api?.close());
  const url = () => api?.url ?? '';
  return {
    get url() {
      return url();
    },
    get: (path, init) => fetch(url() + path, init),
    post: (path, body, init) =>
      fetch(url() + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
  };
}
