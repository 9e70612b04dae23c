/** The API on Bun: `bun run src/serve/bun.ts`, after `npm ci` or `bun install`. */
import { serveStatic } from 'hono/bun';
import { PAGE_FILES } from './page-files.ts';
import { serveFromEnvironment } from './process.ts';

/** What is used of Bun's own names. */
declare const Bun: {
  serve(options: {
    hostname: string;
    port: number;
    /** Bytes; Bun refuses larger bodies before the app sees them. */
    maxRequestBodySize: number;
    /** Seconds without a byte after which a connection is closed; 0: never. */
    idleTimeout: number;
    fetch(request: Request): Response | Promise<Response>;
  }): { port: number; stop(closeActiveConnections?: boolean): Promise<void> };
};

await serveFromEnvironment({
  page: serveStatic(PAGE_FILES),
  async listen(fetch, { HOST: hostname, PORT: port }) {
    const server = Bun.serve({
      ...{ hostname, port, fetch: request => fetch(request) },
      // The app counts what it reads of a file (MAX_UPLOAD_BYTES), and sends a comment every 15 s on a quiet event stream.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: 0,
    });
    return { port: server.port, stop: () => server.stop(), abort: () => server.stop(true) };
  },
});
