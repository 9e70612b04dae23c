/**
 * The runtimes beside Node: real binaries in exact versions, from their npm packages. They are 390 MB, so that they are no dependencies of the
 * project: they are fetched when these tests first run, into the user's cache folder, aside first, so that a run beside this one never sees
 * half of them. wrangler 4.86.0, which brings workerd, is the last one for Node 20.
 *
 * No install script runs: each binary is taken from the package of its platform, as a process of its own that can be measured and told to stop.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { printMatrix } from './matrix.ts';

declare module 'vitest' {
  interface ProvidedContext {
    binaries: Binaries;
    /** Where each runtime leaves what was measured. */
    matrixFolder: string;
  }
}
export interface Binaries {
  deno: string;
  bun: string;
  /** A script for Node. */
  wrangler: string;
  /** What Deno keeps between two runs: the types stripped from our files. */
  denoCache: string;
}

const PACKAGES = ['deno@2.9.6', 'bun@1.4.5', 'wrangler@4.86.0'];
const INSTALL_TIMEOUT_MS = 300_000;

export default async function setup(project: TestProject): Promise<() => void> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice', 'runtimes');
  const folder = join(cache, PACKAGES.join('_'));
  if (!existsSync(folder)) await install(cache, folder);
  /** A file of the one package of this scope that is made for this platform. */
  const binary = (scope: string, name: string) => {
    const [platform] = readdirSync(join(folder, 'node_modules', scope));
    if (platform === undefined)
      throw unavailable(folder, `${scope} has nothing for ${process.platform} ${process.arch}`);
    return join(folder, 'node_modules', scope, platform, name);
  };
  project.provide('binaries', {
    deno: binary('@deno', 'deno'),
    bun: binary('@oven', 'bin/bun'),
    wrangler: join(folder, 'node_modules/wrangler/bin/wrangler.js'),
    denoCache: join(cache, 'deno-cache'),
  });
  const matrixFolder = mkdtempSync(join(tmpdir(), 'sleap-runtimes-'));
  project.provide('matrixFolder', matrixFolder);
  return () => {
    printMatrix(matrixFolder);
    rmSync(matrixFolder, { recursive: true, force: true });
  };
}

async function install(cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'aside-'));
  try {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', ['install', '--prefix', aside, ...options, ...PACKAGES], {
      timeout: INSTALL_TIMEOUT_MS,
    });
    renameSync(aside, folder);
  } catch (cause) {
    // A run beside this one was faster.
    if (!existsSync(folder)) throw unavailable(folder, 'npm could not fetch them', cause);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function unavailable(folder: string, reason: string, cause?: unknown): Error {
  return new Error(
    `The tests of the runtimes need ${PACKAGES.join(', ')}: ${reason}. Fetch them with: npm install --prefix '${folder}' --ignore-scripts ` +
      `${PACKAGES.join(' ')}. Or leave these tests out: npx vitest run --project=!runtime`,
    { cause },
  );
}
