/**
 * Commands that are the service itself: each is a program of its own, started as `npm run` starts it, wherever the package lies and whatever
 * folder one stands in. Programs run in the package's folder, where their loader is found; DATA_DIR and WEIGHTS_DIR stay those of the caller.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/**
 * Young objects die before they reach the old heap; and V8 lets a heap that may become large grow fourfold before it collects, one of a gigabyte
 * less than twofold, which halves the memory of an upload.
 */
const SERVING = ['--max-semi-space-size=4', '--max-old-space-size=1024'];

interface ServiceCommand {
  usage: string;
  does: string;
  entry: string;
  flags?: string[];
  /** Its arguments are files below the caller's folder. */
  takesFiles?: boolean;
}

export const SERVICE_COMMANDS: Record<string, ServiceCommand> = {
  start: {
    usage: '',
    does: 'database, API, page and a worker on this machine; settings are environment variables (README.md)',
    entry: 'src/serve/local.ts',
    flags: SERVING,
  },
  api: { usage: '', does: 'the API alone; needs DATABASE_URL', entry: 'src/serve/node.ts', flags: SERVING },
  worker: { usage: '', does: 'a worker alone; needs DATABASE_URL', entry: 'gpu-worker/start.mjs' },
  migrate: { usage: '', does: 'bring the database of DATABASE_URL to this version', entry: 'src/db/migrate.ts' },
  doctor: {
    usage: '[--json]',
    does: 'what this machine has and lacks for the service, and what to do about it',
    entry: 'gpu-worker/doctor.ts',
  },
  weights: {
    usage: 'list | fetch NAME… | verify | import FILE…',
    does: 'the ImageNet weights of this machine (docs/weights.md)',
    entry: 'gpu-worker/weights/cli.ts',
    takesFiles: true,
  },
};

/** Runs it to its end. @returns its exit code; 128 and the signal's number where a signal ended it. */
export async function runService(name: string, args: string[]): Promise<number> {
  const { entry, flags = [], takesFiles = false } = SERVICE_COMMANDS[name]!;
  if (name === 'start') await requirePage();
  const given = takesFiles && args[0] === 'import' ? [args[0], ...args.slice(1).map(path => resolve(path))] : args;
  const loader = entry.endsWith('.ts') ? ['--import', 'tsx'] : [];
  return runNode([...flags, ...loader, join(ROOT, entry), ...given]);
}

/** A packed release has the page; a checkout builds it at the first start. */
async function requirePage(): Promise<void> {
  if (existsSync(join(ROOT, 'dist/web/index.html'))) return;
  const vite = createRequire(import.meta.url).resolve('vite/package.json');
  const code = await runNode([join(dirname(vite), 'bin/vite.js'), 'build', '--logLevel', 'warn']);
  if (code !== 0) throw new Error('The page could not be built.');
}

async function runNode(args: string[]): Promise<number> {
  const { DATA_DIR, WEIGHTS_DIR } = process.env;
  const own = { DATA_DIR: resolve(DATA_DIR || '.data'), ...(WEIGHTS_DIR && { WEIGHTS_DIR: resolve(WEIGHTS_DIR) }) };
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...own }, stdio: 'inherit' });
  // A terminal sends Ctrl-C to both, and twice would mean "at once" to the program; SIGTERM reaches this process alone.
  const ignore = () => {};
  const end = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', end);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.off('SIGINT', ignore).off('SIGTERM', end);
  return code ?? 128 + constants.signals[signal!];
}
