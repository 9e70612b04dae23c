/**
 * The package as `npm pack` makes it, unpacked where a program of somebody else would have it: node_modules/sleap-microservice beside its bin.
 * Packed from a copy, since packing builds dist/, which other tests read. Its dependencies are the checkout's own.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEVER_COPIED = /^(node_modules|dist|test|\.git|\.data|\.gpu)$/;

export interface Consumer {
  /** Of a program that has installed the package. */
  folder: string;
  /** The unpacked package. */
  installed: string;
  /** The command, as npx finds it. */
  bin: string;
  remove(): void;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export function installPacked(): Consumer {
  const home = mkdtempSync(join(tmpdir(), 'sleap-test-package-'));
  const [copy, folder] = [join(home, 'copy'), join(home, 'consumer')];
  const installed = join(folder, 'node_modules/sleap-microservice');
  cpSync(ROOT, copy, { recursive: true, filter: path => !NEVER_COPIED.test(path.slice(ROOT.length).split('/')[0]!) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: copy, stdio: 'pipe' });
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  execFileSync('sh', ['-c', 'tar -xzf sleap-microservice-*.tgz'], { cwd: home });
  renameSync(join(home, 'package'), installed);
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  const bin = join(folder, 'node_modules/.bin/sleap-microservice');
  symlinkSync('../sleap-microservice/bin/sleap-microservice.mjs', bin);
  return { folder, installed, bin, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Runs a program to its end, however it ends. */
export function outcomeOf(
  command: string,
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  return new Promise(resolve => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: 100_000 };
    const child = execFile(command, args, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
