/**
 * Lists a dropped archive before it is sent, by libarchive.js in a worker of its own (1 MB of WASM, loaded when first needed).
 *
 * The listing is advice and nothing rests on it: libarchive.js copies the whole archive into its memory, so large ones are not looked into; of a
 * damaged archive it lists what comes before the damage, and an archive that it cannot open may never answer, hence the time limit.
 * Method and figures: docs/adr/0019-folders-are-packed-in-the-browser.md.
 */
import { Archive } from 'libarchive.js';
// Only so that it lies where the worker looks for it.
import 'libarchive.js/dist/libarchive.wasm?url';
import workerUrl from 'libarchive.js/dist/worker-bundle.js?url';
import { isJunk } from './folder-files.ts';

/** Listing takes some 2.2 times as much memory. */
const LOOK_INTO_BYTES = 256 * 2 ** 20;
const PATIENCE_MS = 20_000;

interface Listing {
  paths: string[];
  isEncrypted: boolean;
}

/** @returns null where it cannot be told: too large, damaged, or of a kind that libarchive does not know. */
export async function listArchive(file: File, signal: AbortSignal): Promise<Listing | null> {
  if (file.size > LOOK_INTO_BYTES) return null;
  const worker = new Worker(workerUrl, { type: 'module' });
  const over = new AbortController();
  Archive.init({ getWorker: () => worker });
  try {
    const listing = list(file).catch(cause => {
      console.warn(cause); // the service reads more kinds, and tells what is wrong with this one
      return null;
    });
    return await Promise.race([listing, givenUp(worker, signal, over.signal)]);
  } finally {
    over.abort();
    worker.terminate();
  }
}

async function list(file: File): Promise<Listing | null> {
  const archive = await Archive.open(file);
  const isEncrypted = (await archive.hasEncryptedData()) === true;
  const entries: { file: { name: string }; path: string }[] = await archive.getFilesArray();
  const paths = entries.map(({ file, path }) => `${path}${file.name}`).filter(path => !isJunk(path));
  return paths.length === 0 && !isEncrypted ? null : { paths, isEncrypted };
}

/** @param over the listing is there, or is not to be had: nothing is waited for any more. */
function givenUp(worker: Worker, signal: AbortSignal, over: AbortSignal): Promise<null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PATIENCE_MS, null);
    over.addEventListener('abort', () => clearTimeout(timer));
    worker.addEventListener('error', () => resolve(null));
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over });
  });
}
