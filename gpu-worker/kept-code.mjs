/**
 * The code of the worker's processes that was put together earlier (put-together.ts): where it is kept, and whether it still is that of the sources.
 * No TypeScript, so that a worker whose code is there starts without tsx (start.mjs), which takes as long as all of the rest of its start.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a worker runs: its supervisor, and the processes that this one starts. */
export const ENTRIES = {
  main: new URL('./main.ts', import.meta.url),
  compute: new URL('./compute.ts', import.meta.url),
  reading: new URL('./reading.ts', import.meta.url),
};

/** Of this user. It may not be there, or not be theirs to write to. */
export const cacheFolder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice', 'code');

const sha256 = () => createHash('sha256');

/** The file of a cache folder that says which code of these entries is the newest. */
export const recordPath = (entries, cache) =>
  join(cache, `${sha256().update(JSON.stringify(entries)).digest('hex').slice(0, 16)}.json`);

/** The folder with an .mjs for each entry, or null where there is none for the sources as they are now. */
export async function keptCode(entries, cache) {
  const made = await readMade(recordPath(entries, cache));
  if (made === null || !existsSync(join(cache, made.digest)) || !(await isUpToDate(made))) return null;
  const folder = join(cache, made.digest);
  await utimes(folder, new Date(), new Date());
  return folder;
}

export function digestOf(inputs) {
  const hash = sha256().update(process.version);
  // esbuild reads in no order.
  for (const [path, bytes] of [...inputs].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`\n${path}\n${bytes.length}\n`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}

async function isUpToDate({ digest, paths }) {
  try {
    const inputs = await Promise.all(paths.map(async path => [path, await readFile(path)]));
    return digestOf(new Map(inputs)) === digest;
  } catch {
    // A file is gone: whether it is missed shows when the code is made anew.
    return false;
  }
}

/** Null where there is none, or one that a crash of the host left half-written. */
async function readMade(path) {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}
