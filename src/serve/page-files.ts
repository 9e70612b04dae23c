/**
 * How the servers on Node, Deno and Bun give out the built page: gzipped, as `vite build` has laid it beside each file, to whoever takes that;
 * and files with the hash of their content in their name once and for all. Cloudflare does the same for the page by itself.
 */
import { fileURLToPath } from 'node:url';
import type { Context } from 'hono';

/** Where `vite build` puts the page. */
const PAGE_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));

const HASHED = /[/\\]assets[/\\].+-[\w-]{8}\.\w+(\.gz)?$/;

/** Options of Hono's serveStatic. */
export const PAGE_FILES = {
  root: PAGE_FOLDER,
  precompressed: true,
  onFound(path: string, c: Context): void {
    // Whoever asks for another file must see at once that the service was renewed.
    c.header('Cache-Control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  },
};
