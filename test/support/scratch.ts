/** A temporary folder per test, and a check that no thread outlives its test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect } from 'vitest';

/** Registers the hooks; call it once per file. `path('a.mp4')` is a path in the folder of the running test. */
export function scratchFolder(): { path: (...names: string[]) => string } {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sleap-test-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    folder = '';
  });
  const path = (...names: string[]) => {
    if (folder === '') throw new Error('There is a folder within tests only.');
    return join(folder, ...names);
  };
  return { path };
}

/** Fails a test that leaves a worker thread running. */
export function expectNoThreadsLeft(): void {
  const running = new Set<Worker>();
  const started = (thread: Worker) => {
    running.add(thread);
    thread.once('exit', () => running.delete(thread));
  };
  beforeEach(() => {
    running.clear();
    process.on('worker', started);
  });
  afterEach(() => {
    process.off('worker', started);
    expect(running.size, 'threads still running').toBe(0);
  });
}
