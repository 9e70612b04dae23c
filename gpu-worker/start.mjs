/**
 * Starts the worker (main.ts) from the code that an earlier one put together, where that is up to date: 0.2 seconds of a core to 0.6. Otherwise
 * from its sources, through tsx; it puts the code together itself, then, before it starts a process.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder, ENTRIES, keptCode } from './kept-code.mjs';

// A cache that cannot be read is none.
const folder = await keptCode(ENTRIES, cacheFolder()).catch(() => null);
if (folder === null) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(folder, 'main.mjs')).href);
}
