/**
 * A real browser for the tests of the page: the system's own Chromium, driven by playwright-core, which brings no browser along.
 *
 * Looked for at CHROMIUM_PATH, then under the usual names. On a Debian host where we are root (a container, CI) a missing one is
 * installed; anywhere else the error names the command to run.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const USUAL_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const LOCK = join(tmpdir(), 'sleap-microservice-chromium.lock');
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core';

/** Quiet, without a sandbox (containers run as root), and without a call home: the page must work offline. */
const FLAGS = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Names by which tests call this machine, as a lab calls its own.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];

/** A running browser; the caller closes it. Throws an Error that names the command to run when there is none. @param flags further ones. */
export async function openBrowser(...flags: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? installChromium(), args: [...FLAGS, ...flags] });
}

const shared = new Map<string, Promise<Browser>>();

/**
 * The browser of this process, started when it is first asked for; it ends with the process. One for each set of flags.
 * Starting Chromium costs more than a second of CPU: test files that run in the same fork share it.
 */
export function sharedBrowser(...flags: string[]): Promise<Browser> {
  const key = flags.join(' ');
  const browser = shared.get(key) ?? openBrowser(...flags);
  shared.set(key, browser);
  return browser;
}

function findChromium(): string | null {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which is not a program that can be run.`);
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'google-chrome'));
  return [...USUAL_PATHS, ...onPath].find(isExecutable) ?? null;
}

function installChromium(): string {
  const isDebianRoot = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!isDebianRoot) {
    throw new Error(
      `The browser tests need Chromium. Run: sudo sh -c '${INSTALL}' (or set CHROMIUM_PATH to a Chromium or Chrome).`,
    );
  }
  try {
    // One test file after another: apt refuses to run twice at once.
    execFileSync('flock', [LOCK, 'sh', '-c', INSTALL], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (cause) {
    throw new Error(`Chromium could not be installed. Run: ${INSTALL}`, { cause });
  }
  const found = findChromium();
  if (found === null) throw new Error(`Chromium is still missing after: ${INSTALL}`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
