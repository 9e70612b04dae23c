/**
 * Makes one thing that can be sent of what was dropped: a file goes as it is, after a look into it; a folder becomes a zip. What it holds is told on
 * the way, before a byte is sent.
 */

import { fingerprintOf } from '../api/remembered-uploads.ts';
import { type Contents, contentsOf } from './contents.ts';
import { kindOfFile } from './file-kind.ts';
import type { Gathered } from './gather-files.ts';
import { packFolder, UnreadableFile } from './pack-folder.ts';

export interface Chosen {
  name: string;
  sizeBytes: number;
  isFolder: boolean;
  leftOut: string[];
  /** null: not looked into, or not yet. */
  contents: Contents | null;
  isEncrypted: boolean;
}

export interface Sendable {
  blob: Blob;
  fileName: string;
  /** The same for the same content. */
  fingerprint: string;
}

interface PrepareOptions {
  signal: AbortSignal;
  onChosen: (chosen: Chosen) => void;
  onPacking: (doneBytes: number, totalBytes: number) => void;
}

/** Nothing that the service could read. */
export class NotSendable extends Error {
  readonly problem: { own: 'empty' } | { own: 'noArchive'; path: string };

  constructor(problem: NotSendable['problem']) {
    super(problem.own);
    this.problem = problem;
  }
}

/** @throws NotSendable; UnreadableFile; the signal's reason. */
export function prepareData(gathered: Gathered, options: PrepareOptions): Promise<Sendable> {
  return gathered.kind === 'file' ? asItIs(gathered.file, options) : packed(gathered, options);
}

async function asItIs(file: File, { signal, onChosen }: PrepareOptions): Promise<Sendable> {
  const { name, size: sizeBytes } = file;
  const chosen = { name, sizeBytes, isFolder: false, leftOut: [], contents: null, isEncrypted: false };
  onChosen(chosen);
  const kind = await kindOfFile(file).catch(cause => {
    throw new UnreadableFile(name, cause);
  });
  signal.throwIfAborted();
  if (kind === null) throw new NotSendable({ own: 'noArchive', path: name });
  if (kind !== 'hdf5') {
    const { listArchive } = await import('./archive-listing.ts');
    const listing = await listArchive(file, signal);
    if (listing) {
      const contents = listing.paths.length > 0 ? contentsOf(listing.paths) : null;
      onChosen({ ...chosen, contents, isEncrypted: listing.isEncrypted });
    }
  }
  return { blob: file, fileName: name, fingerprint: fingerprintOf(file) };
}

async function packed(
  { name, files, leftOut }: Gathered & { kind: 'folder' },
  { signal, onChosen, onPacking }: PrepareOptions,
): Promise<Sendable> {
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const contents = contentsOf(files.map(({ path }) => path));
  onChosen({ name, sizeBytes: totalBytes, isFolder: true, leftOut, contents, isEncrypted: false });
  if (files.length === 0) throw new NotSendable({ own: 'empty' });
  onPacking(0, totalBytes);
  let frame = 0;
  const onProgress = (doneBytes: number) => {
    // Files are read faster than anybody looks.
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => onPacking(doneBytes, totalBytes));
  };
  try {
    const { zip, fingerprint } = await packFolder(files, { signal, onProgress });
    return { blob: zip, fileName: `${name}.zip`, fingerprint };
  } finally {
    cancelAnimationFrame(frame);
  }
}
