/**
 * A Python with httpx, for the example that labs copy (docs/examples/python.py): a virtual environment in the user's cache folder, made once.
 * The repository holds no Python of its own. Where Python or its venv is missing and this is root on Debian, apt brings it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const HTTPX = '0.28.1';
const TIMEOUT_MS = 300_000;
const INSTALL = 'apt-get update && apt-get install -y python3-venv';

/** @returns the path of its interpreter. @throws Error with the command that helps. */
export function pythonWithHttpx(): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice');
  const folder = join(cache, `python-httpx-${HTTPX}`);
  const python = join(folder, 'bin/python');
  if (hasHttpx(python)) return python;
  mkdirSync(cache, { recursive: true });
  // Aside first, so that a run beside this one never sees half of it.
  const aside = mkdtempSync(join(cache, 'python-'));
  try {
    makeEnvironment(aside);
    run(join(aside, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `httpx==${HTTPX}`]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return python;
}

function hasHttpx(python: string): boolean {
  if (!existsSync(python)) return false;
  try {
    return execFileSync(python, ['-c', 'import httpx; print(httpx.__version__)']).toString().trim() === HTTPX;
  } catch {
    return false; // of a Python that is gone
  }
}

/** With pip in it. */
function makeEnvironment(folder: string): void {
  const make = () => run('python3', ['-m', 'venv', folder]);
  try {
    make();
  } catch (cause) {
    const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
    if (!mayInstall)
      throw new Error(
        `docs/examples/python.py is tested with Python 3.9 or newer and its venv. On Debian: sudo sh -c '${INSTALL}'`,
        { cause },
      );
    run('sh', ['-c', INSTALL]);
    rmSync(folder, { recursive: true, force: true });
    make();
  }
}

function run(command: string, args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe', timeout: TIMEOUT_MS });
}
