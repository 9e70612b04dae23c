/**
 * The API on Deno 2: `deno run -A --node-modules-dir=manual src/serve/deno.ts`, after `npm ci`, whose node_modules it takes.
 *
 * Through Deno's node:http and not Deno.serve, which in 2.9.6 has no back-pressure for a body without Content-Length: where the reader is
 * slower than the line it collects the body in memory and moves it at every read. 50, 100 and 200 MB in pieces of 64 kB, to a reader that pauses
 * 1 ms in every 4: 1.1, 4.9 and 19.6 s of CPU time, with 167 MB of memory at the end; node:http took 0.14, 0.21 and 0.31 s, with 87 MB.
 */
import { NODE } from './node.ts';
import { serveFromEnvironment } from './process.ts';

await serveFromEnvironment(NODE);
