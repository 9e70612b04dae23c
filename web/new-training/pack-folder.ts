/**
 * Packs a folder into a zip without a copy of it: the zip is a Blob whose parts are the files themselves, with the zip's own headers between
 * them, so that the browser reads each file from the disk when it is sent. Each file is read once before, for its CRC-32. Nothing is compressed:
 * pictures and videos already are. Why not libarchive.js: docs/adr/0019-folders-are-packed-in-the-browser.md.
 *
 * client-zip writes the zip as a stream; what of the stream is bytes of a file is told by the identity of the chunks that went in.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { makeZip } from 'client-zip';
import type { FolderFile } from './folder-files.ts';

export interface PackedFolder {
  zip: Blob;
  /** Of the headers, which hold every name, time, size and CRC-32: the same for the same files only. */
  fingerprint: string;
}

export interface PackOptions {
  signal: AbortSignal;
  onProgress: (readBytes: number) => void;
}

/** A file went away, changed while it was read, or may not be read. */
export class UnreadableFile extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path} cannot be read.`, { cause });
    this.path = path;
  }
}

/** @throws UnreadableFile; the signal's reason. */
export async function packFolder(
  files: readonly FolderFile[],
  { signal, onProgress }: PackOptions,
): Promise<PackedFolder> {
  const originOf = new WeakMap<Uint8Array, File>();
  let readBytes = 0;
  async function* contentOf({ path, file }: FolderFile) {
    const reader = file.stream().getReader();
    try {
      for (;;) {
        signal.throwIfAborted();
        const { done, value } = await reader.read();
        if (done) return;
        originOf.set(value, file);
        readBytes += value.length;
        onProgress(readBytes);
        yield value;
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw new UnreadableFile(path, cause);
    }
  }
  const inputs = files.map(entry => ({
    name: entry.path,
    lastModified: entry.file.lastModified,
    size: entry.file.size,
    input: contentOf(entry),
  }));
  const parts: BlobPart[] = [];
  const headers = sha256.create();
  const reader = makeZip(inputs).getReader();
  for (let last: File | undefined; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const origin = originOf.get(value);
    if (origin === undefined) {
      parts.push(value as Uint8Array<ArrayBuffer>);
      headers.update(value);
    } else if (origin !== last) parts.push(origin);
    last = origin ?? last;
  }
  return { zip: new Blob(parts, { type: 'application/zip' }), fingerprint: bytesToHex(headers.digest()) };
}
