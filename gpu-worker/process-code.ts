/**
 * What the processes of a worker run: each entry, a TypeScript file, with all that it imports, ours and packages, as one JavaScript file in the
 * user's cache folder. To load its many hundred files one by one, through tsx, takes a process 1.5 seconds of a core more (docs/adr/0003).
 *
 * There is a folder for each state of the sources: every file that went into it is compared before it is used. It is made under another name and then
 * renamed, so that any number of workers may make it at once. `import.meta.url` stays that of the file in which it is written, and errors name the
 * sources. Outside stay packages with native or WebAssembly parts, which look for their files beside themselves, and our files that Node can load itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';
import { packageUrl } from './media/package-url.mjs';

const ENTRIES = {
  compute: new URL('./compute.ts', import.meta.url),
  reading: new URL('./reading.ts', import.meta.url),
};
export type EntryName = keyof typeof ENTRIES;

const OUTSIDE = /^(7z-wasm|@ffmpeg\/core|esbuild|h5wasm|sharp|webgpu)(\/|$)/;
const OURS = fileURLToPath(new URL('..', import.meta.url));
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
const KEEP_DAYS = 7;

/** Files by path, as they went into the code. */
type Inputs = Map<string, Uint8Array>;
/** What is known of the newest code: `digest` is of its files and names its folder. */
interface Made {
  digest: string;
  paths: string[];
}

let making: Promise<string> | null = null;

/**
 * The path of the JavaScript file that runs an entry; it is put together first, in about two seconds, unless it is there.
 * @param spareFolder where it is put when the user's cache folder cannot be written to.
 * @throws Error with esbuild's words when a source cannot be read.
 */
export async function processCode(entry: EntryName, spareFolder: string): Promise<string> {
  making ??= upToDateFolder(spareFolder).finally(() => {
    making = null;
  });
  return join(await making, `${entry}.mjs`);
}

async function upToDateFolder(spareFolder: string): Promise<string> {
  const cache = await writableFolder(spareFolder);
  const recordPath = join(cache, `${createHash('sha256').update(OURS).digest('hex').slice(0, 16)}.json`);
  const made = await readMade(recordPath);
  if (made !== null && existsSync(join(cache, made.digest)) && (await isUpToDate(made)))
    return join(cache, made.digest);

  await removeOld(cache);
  const half = join(cache, `half-${randomBytes(6).toString('hex')}`);
  try {
    const inputs = await putTogether(half);
    const digest = digestOf(inputs);
    await renameUnlessThere(half, join(cache, digest));
    await writeFile(`${half}.json`, JSON.stringify({ digest, paths: [...inputs.keys()] } satisfies Made));
    await rename(`${half}.json`, recordPath);
    return join(cache, digest);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/** Writes an .mjs of each entry into `folder`. */
async function putTogether(folder: string): Promise<Inputs> {
  // Not needed by most workers: the code is there.
  const { build, stop } = await import('esbuild');
  const inputs: Inputs = new Map();
  for (const url of [import.meta.url, packageUrl('esbuild')]) {
    const path = fileURLToPath(url);
    inputs.set(path, await readFile(path));
  }
  const entryPoints = Object.fromEntries(Object.entries(ENTRIES).map(([name, url]) => [name, fileURLToPath(url)]));
  try {
    await build({ ...OPTIONS, entryPoints, outdir: folder, plugins: [reading(inputs)] });
  } finally {
    // Its process would stay.
    await stop();
  }
  return inputs;
}

/** Lets esbuild have files as Node would see them, and keeps what it had. */
function reading(inputs: Inputs): Plugin {
  return {
    name: 'reading',
    setup(build) {
      build.onResolve({ filter: OUTSIDE }, ({ path }) => ({ path: packageUrl(path), external: true }));
      build.onResolve({ filter: /^\..*\.mjs$/ }, ({ path, importer }) =>
        importer.includes('node_modules')
          ? null
          : { path: new URL(path, pathToFileURL(importer)).href, external: true },
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

function digestOf(inputs: Inputs): string {
  const hash = createHash('sha256').update(process.version);
  // esbuild reads in no order.
  for (const [path, bytes] of [...inputs].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`\n${path}\n${bytes.length}\n`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}

async function isUpToDate({ digest, paths }: Made): Promise<boolean> {
  try {
    return (
      digestOf(new Map(await Promise.all(paths.map(async path => [path, await readFile(path)] as const)))) === digest
    );
  } catch {
    // One is gone: whether it is missing is for the new code to find out.
    return false;
  }
}

/** Of another version of this file, or broken: then there is none. */
async function readMade(path: string): Promise<Made | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : JSON.parse(text);
}

/** The user's own, since what lies in it is run; the spare one where there is no home that can be written to. */
async function writableFolder(spareFolder: string): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice', 'code');
  const probe = join(folder, `half-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(probe, { recursive: true, mode: 0o700 });
    await rm(probe, { recursive: true });
    return folder;
  } catch {
    await mkdir(spareFolder, { recursive: true });
    return spareFolder;
  }
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Another worker made the same meanwhile.
    if (!existsSync(to)) throw error;
  }
}

async function removeOld(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    // Gone when another worker removes it as well.
    const mtimeMs = await stat(path).then(
      found => found.mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - mtimeMs > KEEP_DAYS * 86_400_000) await rm(path, { recursive: true, force: true });
  }
}
