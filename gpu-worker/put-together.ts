/**
 * Entries, TypeScript files, each with all that it imports, ours and packages, as one JavaScript file in a cache folder. esbuild, which tsx brings
 * along, does it, in some two seconds for all of the worker.
 *
 * There is a folder for each state of the sources: every file that went into it is compared before it is used. It is made under another name and then
 * renamed, so that any number of processes may make it at once. `import.meta.url` stays that of the file in which it is written, and source maps let
 * errors name the sources. Outside stay packages with native or WebAssembly parts, which look for their files beside themselves, and our .mjs files.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';
import { digestOf, type Inputs, keptCode, type Made, recordPath } from './kept-code.mjs';
import { packageUrl } from './media/package-url.mjs';

const OUTSIDE = /^(7z-wasm|@ffmpeg\/core|esbuild|h5wasm|sharp|webgpu)(\/|$)/;
const OPTIONS: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // Packages that are no modules ask for parts of Node in this way.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${JSON.stringify(import.meta.url)});`,
  },
  sourcemap: true,
  sourcesContent: false,
  // What packages say of their side effects is meant for pages: here, as in Node, all that is imported is run.
  ignoreAnnotations: true,
  outExtension: { '.js': '.mjs' },
  logLevel: 'silent',
};
/** Code that nobody used for so long goes when other code is made. */
const KEEP_DAYS = 7;

/**
 * The folder with an .mjs for each entry, named as its key. One call at a time in a process.
 * @param cache an existing folder that only this user can write to: what lies in it is run.
 * @throws Error with esbuild's words when a source cannot be read.
 */
export async function upToDateCode(entries: Record<string, URL>, cache: string): Promise<string> {
  const kept = await keptCode(entries, cache);
  if (kept !== null) return kept;
  await removeOld(cache);
  const half = join(cache, `half-${randomBytes(6).toString('hex')}`);
  try {
    const inputs = await putTogether(entries, half);
    const digest = digestOf(inputs);
    await renameUnlessThere(half, join(cache, digest));
    await writeFile(`${half}.json`, JSON.stringify({ digest, paths: [...inputs.keys()] } satisfies Made));
    await rename(`${half}.json`, recordPath(entries, cache));
    return join(cache, digest);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function putTogether(entries: Record<string, URL>, folder: string): Promise<Inputs> {
  // Most processes find the code made.
  const { build, stop } = await import('esbuild');
  const inputs: Inputs = new Map();
  for (const url of [import.meta.url, packageUrl('esbuild')]) {
    const path = fileURLToPath(url);
    inputs.set(path, await readFile(path));
  }
  const entryPoints = Object.fromEntries(Object.entries(entries).map(([name, url]) => [name, fileURLToPath(url)]));
  try {
    await build({ ...OPTIONS, entryPoints, outdir: folder, plugins: [reading(inputs)] });
  } finally {
    // Its process would stay.
    await stop();
  }
  return inputs;
}

/** Gives esbuild the files, and keeps what it was given. */
function reading(inputs: Inputs): Plugin {
  return {
    name: 'reading',
    setup(build) {
      build.onResolve({ filter: OUTSIDE }, ({ path }) => ({ path: packageUrl(path), external: true }));
      build.onResolve({ filter: /^\..*\.mjs$/ }, ({ path, importer }) =>
        importer.endsWith('.ts') ? { path: new URL(path, pathToFileURL(importer)).href, external: true } : null,
      );
      build.onLoad({ filter: /./, namespace: 'file' }, async ({ path }) => {
        const bytes = await readFile(path);
        inputs.set(path, bytes);
        if (!path.endsWith('.ts')) return { contents: bytes, loader: 'default' };
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: bytes.toString('utf8').replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Another process made the same meanwhile.
    if (!existsSync(to)) throw error;
  }
}

async function removeOld(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    // Gone when another process removes it as well.
    const usedAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - usedAt > KEEP_DAYS * 86_400_000) await rm(path, { recursive: true, force: true });
  }
}
