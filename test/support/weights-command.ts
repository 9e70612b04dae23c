/** `npm run weights` as a process of its own, without npm in between, which would hide signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface WeightsCommand {
  process: ChildProcess;
  /** What it has printed so far, both streams in one. */
  output(): string;
  /** Resolves with the exit code; null after a signal. */
  ended: Promise<number | null>;
}

export function startWeights(args: string[], environment: Record<string, string>): WeightsCommand {
  const child = spawn(process.execPath, ['--import', 'tsx', 'gpu-worker/weights/cli.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += data));
  return { process: child, output: () => output, ended: once(child, 'close').then(([code]) => code) };
}
