/**
 * What a thread runs: its entry, a TypeScript file, with all of ours that it imports, as one JavaScript module in a URL.
 *
 * esbuild, which tsx brings along, puts it together once per process, in some 15 ms. A thread that loads TypeScript by itself needs tsx and, for it,
 * a second thread: 200 ms of a core for each thread on Node 20, more than decoding a short video takes. Packages stay outside and are named by where
 * they lie, since a URL is no place to find them from. Left out: `import.meta.url`, which in there is no file's.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { packageUrl } from './package-url.mjs';

const OPTIONS = ['--bundle', '--packages=external', '--platform=node', '--target=node20', '--format=esm'];
/** As esbuild writes them: at the start of a line, which is the last of the statement. */
const PACKAGE = /^((?:import .*|\} )from )"(?!node:)(.+)";$/gm;

const made = new Map<string, URL>();

/** @throws Error with esbuild's words when the entry or one of its imports cannot be read. */
export function threadCode(entry: URL): URL {
  const known = made.get(entry.href);
  if (known) return known;
  // Its program and not its API, of which a thread and a process would be left.
  const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
  const code = execFileSync(esbuild, [fileURLToPath(entry), ...OPTIONS], { encoding: 'utf8', stdio: 'pipe' }).replace(
    PACKAGE,
    (_, from: string, name: string) => `${from}"${packageUrl(name)}";`,
  );
  // Stack traces then name the entry instead of the whole URL.
  const url = new URL(`data:text/javascript,${encodeURIComponent(`${code}//# sourceURL=${entry.href}\n`)}`);
  made.set(entry.href, url);
  return url;
}
