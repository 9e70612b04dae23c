/**
 * The API on Deno 2: `deno run -A --node-modules-dir=manual src/serve/deno.ts`, after `npm ci`, whose node_modules it takes.
 */
import { serveStatic } from 'hono/deno';
import { PAGE_FOLDER, serveFromEnvironment } from './process.ts';

/** What is used of Deno's own names. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen(): void },
    handler: (request: Request) => Response | Promise<Response>,
  ): { addr: { port: number }; finished: Promise<void>; shutdown(): Promise<void> };
};

await serveFromEnvironment({
  page: serveStatic({ root: PAGE_FOLDER }),
  async listen(fetch, { HOST: hostname, PORT: port }) {
    const aborting = new AbortController();
    const server = Deno.serve({ hostname, port, signal: aborting.signal, onListen() {} }, request => fetch(request));
    return { port: server.addr.port, stop: () => server.shutdown(), abort: () => aborting.abort() };
  },
});
