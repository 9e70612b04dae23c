/**
 * Runs commands in a folder that holds a Debian system, in namespaces of their own, as a container engine would. Needs root and util-linux.
 * What a RUN step needs of this machine to reach registries (name servers, certificates) is lent to it and never lies in the folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Surroundings {
  root: string;
  env: Record<string, string>;
  cwd: string;
  /** A name of the root's own /etc/passwd. */
  user: string;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SYSTEM_FOLDERS =
  'mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" && mount -t tmpfs tmpfs "$ROOT/run"';

/** A RUN step: `line` in a shell, in a writable root. @throws Error when it does not exit with 0. */
export async function runStep(at: Surroundings, line: string): Promise<void> {
  const certificates = process.env.NODE_EXTRA_CA_CERTS ?? '';
  const lend = [
    'cp -L /etc/resolv.conf "$ROOT/run/" && touch "$ROOT/etc/resolv.conf"',
    'mount --bind "$ROOT/run/resolv.conf" "$ROOT/etc/resolv.conf"',
    ...(certificates === '' ? [] : [`cp "${certificates}" "$ROOT/run/certificates.pem"`]),
  ];
  const env = { ...at.env, ...(certificates !== '' && { NODE_EXTRA_CA_CERTS: '/run/certificates.pem' }) };
  const script = ['set -e', SYSTEM_FOLDERS, ...lend, 'exec "$@"'].join('; ');
  const command = enter({ ...at, env }, ['sh', '-c', line]);
  const step = spawn('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script, 'sh', ...command], {
    env: { ...process.env, ROOT: at.root },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(step, 'exit');
  if (code !== 0) throw new Error(`exit code ${code}: ${line}`);
}

/** A started container: read-only but for /tmp and its volumes, its command as process 1, the host's network. */
export class Container {
  readonly #at: Surroundings;
  readonly #unshare: ChildProcess;
  /** What it has printed. */
  output = '';

  /** @param volumes folder of this machine by path in the root. */
  constructor(
    at: Surroundings,
    command: string[],
    { name, volumes }: { name: string; volumes: Record<string, string> },
  ) {
    this.#at = at;
    const binds = Object.entries(volumes).map(([path, folder]) => `mount --bind "${folder}" "$ROOT${path}"`);
    const script = [
      `set -e; hostname ${name}; mount --bind "$ROOT" "$ROOT"; mount -o remount,ro,bind "$ROOT"; ${SYSTEM_FOLDERS}`,
      'mount -t tmpfs -o noexec,nosuid,nodev tmpfs "$ROOT/tmp"',
      ...binds,
      'exec "$@"',
    ].join('; ');
    const namespaces = ['--mount', '--pid', '--uts', '--fork', '--kill-child'];
    this.#unshare = spawn('unshare', [...namespaces, 'sh', '-c', script, 'sh', ...enter(at, command)], {
      env: { ...process.env, ROOT: at.root },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#unshare.stdout!, this.#unshare.stderr!]) {
      stream.on('data', chunk => (this.output += chunk));
    }
  }

  /** Runs the health check until it exits with 0. @returns seconds waited. @throws Error with the output when it never does. */
  async healthy(check: string[], withinSeconds: number): Promise<number> {
    const started = Date.now();
    const seconds = () => (Date.now() - started) / 1000;
    while ((await this.check(check)) !== 0) {
      if (this.#unshare.exitCode !== null || seconds() > withinSeconds) throw new Error(`unhealthy:\n${this.output}`);
      await sleep(500);
    }
    return seconds();
  }

  /** The exit code of a health check run once. */
  async check(command: string[]): Promise<number | null> {
    const { uid, gid } = idsOf(this.#at);
    const target = [
      '--target',
      `${this.#processOne()}`,
      '--mount',
      '--uts',
      '--pid',
      '--root',
      '--setuid',
      uid,
      '--setgid',
      gid,
    ];
    const run = spawn('nsenter', [...target, ...environment(this.#at, command)], { stdio: 'ignore' });
    return (await once(run, 'exit'))[0];
  }

  /** A signal to its process 1, as `docker kill` sends. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.#processOne(), signal);
  }

  /** @returns the exit code of its process 1. */
  async ended(): Promise<number | null> {
    return this.#unshare.exitCode ?? (await once(this.#unshare, 'exit'))[0];
  }

  kill(): void {
    this.#unshare.kill('SIGKILL');
  }

  #processOne(): number {
    const { pid } = this.#unshare;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  }
}

function enter(at: Surroundings, command: string[]): string[] {
  const { uid, gid } = idsOf(at);
  mkdirSync(join(at.root, at.cwd), { recursive: true });
  return ['chroot', `--userspec=${uid}:${gid}`, at.root, ...environment(at, command)];
}

/** Every link of the chain is replaced by the next: the command keeps the number of the first process. */
function environment({ env, cwd }: Surroundings, command: string[]): string[] {
  const variables = Object.entries({ PATH, ...env }).map(([name, value]) => `${name}=${value}`);
  return ['env', '-i', ...variables, 'sh', '-c', `cd ${cwd} && exec "$@"`, 'sh', ...command];
}

function idsOf({ root, user }: Surroundings): { uid: string; gid: string } {
  const line = readFileSync(join(root, 'etc/passwd'), 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid) throw new Error(`${root} has no user ${user}.`);
  return { uid, gid };
}
