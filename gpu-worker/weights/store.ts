/**
 * The folder of ImageNet weights (WEIGHTS_DIR): what is there is checked, what is not is downloaded.
 *
 * A file is checked at each use, by its published hash or by the pin of the first one seen. A wrong one is told, never removed: it may be
 * somebody's own. One process downloads, the others wait for it; the file appears under its name whole and checked, or not at all.
 */
import { mkdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, messageOf } from '../../src/errors.ts';
import type { PublishedWeights } from './catalog.ts';
import { type Digests, digestFile } from './digests.ts';
import { DownloadFault, type DownloadOptions, download, removePart } from './download.ts';
import { sizeOf } from './inspect.ts';
import { type Judgement, judge, pin } from './judge.ts';
import { type Held, LockLost, type LockOptions, withLock } from './lock.ts';
import { unavailable } from './unavailable.ts';

export interface WeightsProgress {
  doing: 'waiting for another process' | 'downloading';
  /** Bytes that are there, whoever downloads them. */
  done: number;
  total: number | null;
}

export interface StoreOptions {
  /** WEIGHTS_DIR; made when it is missing and something is to be downloaded. */
  dir: string;
  /** WEIGHTS_MIRROR: the file's name is appended to it. */
  mirror?: string | undefined;
  signal?: AbortSignal | undefined;
  report?: ((progress: WeightsProgress) => unknown) | undefined;
  /** Times, for whom the usual ones are too long. */
  timing?:
    | (Pick<DownloadOptions, 'stallMs' | 'pausesMs'> & Pick<LockOptions, 'touchMs' | 'abandonedMs' | 'pollMs'>)
    | undefined;
}

export interface ObtainedWeights {
  path: string;
  /** Lower-case hex. */
  sha256: string;
  /** What the file was held against. `pinned now`: nothing to hold it against; from now on it must stay the same. */
  check: 'published hash' | 'pinned hash' | 'pinned now';
}

/**
 * @throws AppError weights_unavailable: not there and not to be had, or not the published file; with network, URL, hash and folder.
 * @throws the signal's reason after an abort; what was downloaded stays for the next call.
 */
export async function obtainWeights(published: PublishedWeights, options: StoreOptions): Promise<ObtainedWeights> {
  const { signal } = options;
  const dir = resolve(options.dir);
  try {
    const present = await useFile(published, dir, signal);
    if (present) return present;
    await mkdir(dir, { recursive: true });
    return await fetchInTurn(published, dir, options);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DownloadFault) throw unavailable(published, dir, cause.message, { cause });
    if (cause instanceof AppError || !isSystemError(cause)) throw cause;
    const remedy = 'Make the folder writable for the user who runs the worker, or set WEIGHTS_DIR to another one.';
    throw unavailable(published, dir, `the folder cannot be used (${messageOf(cause)})`, { remedy, cause });
  }
}

/** The address that a file is downloaded from. */
export function sourceOf({ url, file }: PublishedWeights, mirror: string | undefined): string {
  return mirror === undefined ? url : `${mirror.replace(/\/+$/, '')}/${file}`;
}

/** @returns null when the file is not there. @throws AppError weights_unavailable when it is another file. */
async function useFile(
  published: PublishedWeights,
  dir: string,
  signal: AbortSignal | undefined,
): Promise<ObtainedWeights | null> {
  const path = join(dir, published.file);
  if ((await sizeOf(path)) === null) return null;
  const digests = await digestFile(path, signal);
  const judgement = await judge(published, dir, digests);
  if (judgement.verdict === 'wrong') {
    const remedy = `If you did not put ${path} there on purpose, delete it and run: npm run weights -- fetch ${published.network}`;
    throw unavailable(published, dir, `${path} is damaged or another file: ${judgement.why}`, { remedy });
  }
  return { path, sha256: digests.sha256, check: await checkOrPin(published, dir, digests, judgement) };
}

async function checkOrPin(
  published: PublishedWeights,
  dir: string,
  digests: Digests,
  judgement: Exclude<Judgement, { verdict: 'wrong' }>,
): Promise<ObtainedWeights['check']> {
  if (judgement.verdict === 'right') return judgement.check;
  await pin(published, dir, digests);
  return 'pinned now';
}

/** Downloads under the lock, unless another process did meanwhile. */
async function fetchInTurn(published: PublishedWeights, dir: string, options: StoreOptions): Promise<ObtainedWeights> {
  const { signal, report, timing } = options;
  const part = join(dir, `${published.file}.part`);
  const onWait = async () =>
    report?.({ doing: 'waiting for another process', done: (await sizeOf(part)) ?? 0, total: null });
  for (;;) {
    try {
      return await withLock(
        join(dir, `${published.file}.lock`),
        async held => (await useFile(published, dir, signal)) ?? fetchFile(published, dir, part, held, options),
        { ...timing, signal, onWait },
      );
    } catch (error) {
      // Thought dead while this machine slept, say: another process downloads now.
      if (!(error instanceof LockLost)) throw error;
    }
  }
}

async function fetchFile(
  published: PublishedWeights,
  dir: string,
  part: string,
  held: Held,
  { mirror, report, timing, ...options }: StoreOptions,
): Promise<ObtainedWeights> {
  const signal = AbortSignal.any([held.lost, ...(options.signal ? [options.signal] : [])]);
  const resumed = ((await sizeOf(part)) ?? 0) > 0;
  const onProgress = (done: number, total: number | null) => report?.({ doing: 'downloading', done, total });
  await download(sourceOf(published, mirror), part, { ...timing, signal, onProgress });
  const digests = await digestFile(part, signal);
  const judgement = await judge(published, dir, digests);
  await held.confirm();
  if (judgement.verdict === 'wrong') {
    await removePart(part);
    // Bytes of an earlier attempt may be to blame.
    if (resumed) return fetchFile(published, dir, part, held, { mirror, report, timing, ...options });
    throw notThePublishedFile(published, dir, sourceOf(published, mirror), judgement.why);
  }
  const check = await checkOrPin(published, dir, digests, judgement);
  const path = join(dir, published.file);
  await rename(part, path);
  await removePart(part);
  return { path, sha256: digests.sha256, check };
}

function notThePublishedFile(published: PublishedWeights, dir: string, source: string, why: string): AppError {
  const remedy =
    published.hash === null
      ? `If ${published.file} was published anew, delete ${join(dir, `${published.file}.sha256`)} and fetch it again; else look at what ${source} sends.`
      : `Look at what ${source} sends: a proxy or a mirror may answer with something else.`;
  return unavailable(published, dir, `what ${source} sent is another file and was not kept: ${why}`, { remedy });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
