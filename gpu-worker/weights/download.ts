/**
 * Downloads a file over HTTP(S) into `PART`, and goes on where an earlier attempt ended, of this process or another.
 *
 * Beside it lies `PART.etag`, the strong entity tag of what is being downloaded. It goes out as If-Range, so that the server answers with
 * the rest (206) only if its file is still the same, else with the whole (200). Without such a tag there is nothing to trust: an
 * interrupted download then begins anew. RFC 9110, sections 13.1.5, 14.2, 15.3.7 and 15.5.17.
 *
 * A server that cannot be reached is told at once; one that breaks off in the middle is asked again a few times, with growing pauses. A
 * download that stops sending is ended by a timer. What is not done: several connections, proxies (global fetch of Node 20 knows none).
 */
import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors.ts';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  /** Bytes in the file by now, the earlier attempts' included; `total` is null while unknown. */
  onProgress?: (done: number, total: number | null) => unknown;
  /** An attempt ends when no byte came for so long. */
  stallMs?: number;
  /** Before each further attempt after a break; as many as there are pauses. */
  pausesMs?: readonly number[];
}

/** So many new bytes, and the pauses begin from the first again. */
const PROGRESS_BYTES = 2 ** 20;

/** Why a download failed: a clause without a full stop. */
export class DownloadFault extends Error {
  override readonly name = 'DownloadFault';
  /** Another attempt would end the same way. */
  readonly lasting: boolean;

  constructor(message: string, { lasting = false, cause }: { lasting?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.lasting = lasting;
  }
}

/**
 * Resolves when `part` holds the whole file, written through to the disk. After a fault or an abort it stays for the next call.
 * @throws DownloadFault; the signal's reason after an abort.
 */
export async function download(url: string, part: string, options: DownloadOptions = {}): Promise<void> {
  const { signal, pausesMs = [1000, 2000, 4000, 8000, 16_000] } = options;
  let mostBytes = await bytesIn(part);
  let pauses = 0;
  let begun = false;
  const onBody = () => {
    begun = true;
  };
  for (;;) {
    try {
      while ((await attempt(url, part, { ...options, onBody })) === 'begin anew') await removePart(part);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DownloadFault) || error.lasting || !begun) throw error;
      const nowBytes = await bytesIn(part);
      if (nowBytes >= mostBytes + PROGRESS_BYTES) {
        mostBytes = nowBytes;
        pauses = 0;
      }
      if (pauses === pausesMs.length) throw error;
      await sleep(pausesMs[pauses++], undefined, signal && { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}

/** Removes what `download` left. */
export async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

type AttemptOptions = DownloadOptions & { onBody: () => unknown };

/** One request and its answer. @returns 'begin anew' when what is there cannot be gone on with; without a part it never does. */
async function attempt(url: string, part: string, options: AttemptOptions): Promise<'done' | 'begin anew'> {
  const { signal, stallMs = 30_000 } = options;
  const etag = await readFile(`${part}.etag`, 'utf8').catch(() => null);
  const have = etag === null ? 0 : await bytesIn(part);
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), stallMs);
  try {
    const response = await fetch(url, {
      // Ranges count the bytes that are sent: they must not be compressed.
      headers: { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-`, 'if-range': etag! }) },
      signal: AbortSignal.any([end.signal, ...(signal ? [signal] : [])]),
    });
    const answer = readAnswer(response, have);
    if (answer.kind !== 'body') return answer.kind;
    options.onBody();
    await save(response, part, answer, { ...options, onAlive: () => timer.refresh() });
    return 'done';
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DownloadFault) throw error;
    if (end.signal.aborted)
      throw new DownloadFault(`nothing came from ${hostOf(url)} for ${stallMs / 1000} s`, { cause: error });
    throw new DownloadFault(`the connection to ${hostOf(url)} failed (${rootOf(error)})`, { cause: error });
  } finally {
    clearTimeout(timer);
    end.abort(); // of an answer that was not read
  }
}

type Answer =
  | { kind: 'body'; from: number; total: number | null; etag: string | null }
  | { kind: 'done' }
  | { kind: 'begin anew' };

/** @param have bytes that were asked to go on from; 0: the whole was asked for. @throws DownloadFault */
function readAnswer(response: Response, have: number): Answer {
  const { status, headers } = response;
  const strong = /^"[^"]*"$/.exec(headers.get('etag') ?? '')?.[0] ?? null;
  if (status === 200) {
    const length = headers.has('content-encoding') ? null : headers.get('content-length');
    return { kind: 'body', from: 0, total: length === null ? null : Number(length), etag: strong };
  }
  if (have > 0 && status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (Number(from) !== have) return { kind: 'begin anew' };
    return { kind: 'body', from: have, total: total === '*' ? null : Number(total), etag: null };
  }
  if (have > 0 && status === 416) {
    // Nothing is missing: the process ended between the last byte and the check of the hash.
    return { kind: headers.get('content-range') === `bytes */${have}` ? 'done' : 'begin anew' };
  }
  const lasting = status < 500 && status !== 408 && status !== 429;
  throw new DownloadFault(`${hostOf(response.url)} answered ${status} ${response.statusText}`.trimEnd(), { lasting });
}

/** Writes the body behind the `from` bytes that are there. @throws DownloadFault of the disk, or when bytes are missing. */
async function save(
  response: Response,
  part: string,
  { from, total, etag }: Extract<Answer, { kind: 'body' }>,
  { onProgress, onAlive }: DownloadOptions & { onAlive: () => unknown },
): Promise<void> {
  const file = await onDisk(part, () => openPart(part, from, etag));
  let done = from;
  try {
    for await (const bytes of response.body ?? []) {
      onAlive();
      await onDisk(part, () => file.writeFile(bytes));
      done += bytes.length;
      onAlive(); // a slow disk is no silent server
      onProgress?.(done, total);
    }
    await onDisk(part, () => file.sync());
  } finally {
    await file.close();
  }
  if (total !== null && done !== total)
    throw new DownloadFault(`${hostOf(response.url)} sent ${done} of ${total} bytes`);
}

/** The tag is gone before the old bytes are, and there before new ones are: it never stands beside bytes of another file. */
async function openPart(part: string, from: number, etag: string | null): Promise<FileHandle> {
  if (from > 0) return open(part, 'a');
  await rm(`${part}.etag`, { force: true });
  const file = await open(part, 'w');
  if (etag !== null) await writeFile(`${part}.etag`, etag);
  return file;
}

/** Runs a file operation and tells its error as one of the disk. */
async function onDisk<T>(part: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const why = full ? `the disk is full, at ${part}` : `${part} cannot be written (${messageOf(cause)})`;
    throw new DownloadFault(why, { lasting: true, cause });
  }
}

/** 0 also where the disk does not answer: the first write tells that in words. */
async function bytesIn(part: string): Promise<number> {
  return stat(part).then(
    ({ size }) => size,
    () => 0,
  );
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** What fetch's "fetch failed" and "terminated" hide in their causes. */
function rootOf(error: unknown): string {
  const { cause, code } = error as { cause?: unknown; code?: unknown };
  if (cause) return rootOf(cause);
  return messageOf(error) || String(code ?? error);
}
