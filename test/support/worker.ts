/** A real worker process (supervisor and compute) over a test file's own database. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { TestDatabase } from './database.ts';

const ENTRY = fileURLToPath(new URL('../../gpu-worker/start.mjs', import.meta.url));

export interface TestWorker {
  readonly process: ChildProcess;
  /** Of the compute process, while one runs. */
  computePid(): number | undefined;
  /** Unless one runs. */
  start(): void;
  /** Waits for the exit; gives the exit code, null after a signal. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts before the first test of the file, drains after the last. Short leases, so that crashes are noticed soon. */
export function useWorker(database: TestDatabase, environment: Record<string, string> = {}): TestWorker {
  let child: ChildProcess;
  const isRunning = () => child?.exitCode === null && child.signalCode === null;
  const dataDir = mkdtempSync(join(tmpdir(), 'sleap-test-worker-'));
  const worker: TestWorker = {
    get process() {
      return child;
    },
    computePid: () => childrenOf(child.pid!)[0],
    start() {
      if (isRunning()) return;
      const own = {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        // Nobody answers there: a test that asks for published weights does without.
        WEIGHTS_MIRROR: 'http://127.0.0.1:9',
        BACKEND: 'wasm',
        LEASE_SECONDS: '2',
        POLL_SECONDS: '0.2',
        LOG_LEVEL: 'warning',
      };
      child = fork(ENTRY, { env: { ...process.env, ...own, ...environment }, execArgv: [] });
    },
    async stop(signal) {
      if (!isRunning()) return child.exitCode;
      const exit = once(child, 'exit');
      child.kill(signal);
      return (await exit)[0];
    },
  };
  beforeAll(() => worker.start());
  afterAll(async () => {
    await worker.stop('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });
  return worker;
}

/** Direct children of a process that run the code of compute.ts (Linux). */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.filter(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('compute.mjs'));
}
