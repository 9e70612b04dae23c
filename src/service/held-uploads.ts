/**
 * One request at a time for each upload within this process: the newest. The one before is asked to end, and stores what it has received
 * first, so that a client whose connection died unnoticed goes on at once, and with nothing lost. Between processes, for which this says
 * nothing, the blob itself ends the older writer (blobs/blob-store.ts).
 */
import type { BlobStore } from '../blobs/blob-store.ts';
import { AppError } from '../errors.ts';

/** Storing two chunks takes far less. */
const PATIENCE_MS = 10_000;

export interface Hold {
  /** Fires when somebody else wants the upload. */
  signal: AbortSignal;
  release(): void;
}

interface Holder {
  stop: AbortController;
  ended: Promise<void>;
}

/** By store: that is what a process has one of. */
const holders = new WeakMap<BlobStore, Map<string, Holder>>();

/** @throws AppError upload_is_busy when the request before does not end. */
export async function holdUpload(store: BlobStore, uploadId: string): Promise<Hold> {
  const ofStore = holders.get(store) ?? new Map<string, Holder>();
  holders.set(store, ofStore);
  const deadline = Date.now() + PATIENCE_MS;
  for (let before = ofStore.get(uploadId); before; before = ofStore.get(uploadId)) {
    before.stop.abort();
    await endOf(before, deadline - Date.now());
  }
  const stop = new AbortController();
  let end = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  ofStore.set(uploadId, { stop, ended });
  const release = () => {
    ofStore.delete(uploadId);
    end();
  };
  return { signal: stop.signal, release };
}

async function endOf({ ended }: Holder, patienceMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(uploadTaken()), Math.max(0, patienceMs));
  });
  await Promise.race([ended, tooLate]).finally(() => clearTimeout(timer));
}

export function uploadTaken(): AppError {
  return new AppError('upload_is_busy', 'Another request is sending a piece of this upload.', {
    remedy: 'Ask where it stands with a HEAD request, then go on from there.',
  });
}
