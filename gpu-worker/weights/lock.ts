/**
 * One at a time across processes, and across hosts that share the folder: a lock file.
 *
 * It is created with 'wx', holds its owner's token, and its owner touches it every few seconds. Whoever waits takes it for abandoned when
 * it did not change for a while of the waiting process's own time: clocks of two hosts need not agree, and a process that sleeps with its
 * laptop does not count the night. The file is opened for each look, which is when NFS asks its server. An owner who was thought dead finds
 * out at its next touch, and must ask `confirm` before it does what only one may do.
 *
 * Why not proper-lockfile (4.1.2): it holds the time that one host wrote against the clock of another, and removes a stale lock without
 * looking whether it still is that one. Why not flock: Node has none.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called at each look at a lock that another process holds. */
  onWait?: () => unknown;
  /** How often the owner touches the file. */
  touchMs?: number;
  /** Without a touch for so long, a lock is abandoned. */
  abandonedMs?: number;
  /** Between two looks. */
  pollMs?: number;
}

export interface Held {
  /** Fires when the lock turned out to be another's; its reason is a LockLost. */
  lost: AbortSignal;
  /** @throws LockLost when the lock is another's by now. */
  confirm(): Promise<void>;
}

interface Seen {
  token: string;
  /** Differs after every touch. */
  state: string;
}

/** Another process took this one for dead. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

/**
 * Runs `work` while holding the lock file `path`, whose folder must exist.
 * @throws what `work` throws; LockLost; the error of node:fs; the signal's reason after an abort.
 */
export async function withLock<T>(path: string, work: (held: Held) => Promise<T>, options: LockOptions): Promise<T> {
  const token = `${randomUUID()} ${hostname()}:${process.pid}\n`;
  const handle = await acquire(path, token, options);
  const abort = new AbortController();
  const confirm = async () => {
    if ((await look(path))?.token !== token) throw new LockLost(`The lock ${path} was taken over by another process.`);
  };
  const touch = async () => {
    const now = Date.now() / 1000;
    // A touch that fails matters once another process takes the lock for abandoned: `confirm` tells.
    await handle.utimes(now, now).catch(() => {});
    await confirm();
  };
  const timer = setInterval(() => touch().catch(error => abort.abort(error)), options.touchMs ?? 5000);
  try {
    return await work({ lost: abort.signal, confirm });
  } finally {
    clearInterval(timer);
    await handle.close();
    if ((await look(path))?.token === token) await rm(path, { force: true });
  }
}

async function acquire(path: string, token: string, options: LockOptions): Promise<FileHandle> {
  const { signal, onWait, abandonedMs = 30_000, pollMs = 500 } = options;
  let seen: Seen | null = null;
  let unchangedMs = 0;
  for (;;) {
    signal?.throwIfAborted();
    const handle = await create(path, token);
    if (handle) return handle;
    const now = await look(path);
    if (!now) continue;
    unchangedMs = now.state === seen?.state ? unchangedMs + pollMs : 0;
    seen = now;
    if (unchangedMs >= abandonedMs) await takeAway(path, seen, token);
    // Killed within the milliseconds of a takeover.
    if (unchangedMs >= 2 * abandonedMs) await rm(`${path}.takeover`, { force: true });
    await onWait?.();
    // Not rejected by an abort: the loop throws the signal's own reason.
    await sleep(pollMs, undefined, signal && { signal }).catch(() => {});
  }
}

async function create(path: string, token: string): Promise<FileHandle | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
  try {
    await handle.writeFile(token);
    return handle;
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** @returns null when there is no lock. */
async function look(path: string): Promise<Seen | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const token = await handle.readFile('utf8');
    return { token, state: `${token}${(await handle.stat()).mtimeMs}` };
  } finally {
    await handle.close();
  }
}

/**
 * Removes a lock that is still as it was `seen`. One at a time, under a lock of its own: between the look and the removal nobody else may
 * remove it and a third one create it anew.
 */
async function takeAway(path: string, seen: Seen, token: string): Promise<void> {
  const turn = `${path}.takeover`;
  const handle = await create(turn, token);
  if (!handle) return;
  try {
    if ((await look(path))?.state === seen.state) await rm(path, { force: true });
  } finally {
    await handle.close();
    await rm(turn, { force: true });
  }
}
