/**
 * What is computed of a weights file: both kinds of hash that publishers give, its size, and whether it begins as HDF5 does.
 *
 * The beginning matters where no hash is published: a proxy's login page, answered with status 200, must not be taken for weights. Both
 * hashes are always computed, in one reading: a file to import is recognised by either, and whoever uses weights writes down the sha256.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const HDF5_SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const READ_BYTES = 2 ** 20;

export interface Digests {
  /** Lower-case hex, as sha256sum and md5sum print it. */
  sha256: string;
  md5: string;
  sizeBytes: number;
  isHdf5: boolean;
}

/** Computes the digests of bytes that come in pieces. */
export class Digester {
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash = createHash('md5');
  #head: Buffer = Buffer.alloc(0);
  #sizeBytes = 0;

  add(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#md5.update(bytes);
    this.#sizeBytes += bytes.length;
    const missing = HDF5_SIGNATURE.length - this.#head.length;
    if (missing > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, missing)]);
  }

  /** Call it once, after the last piece. */
  finish(): Digests {
    return {
      sha256: this.#sha256.digest('hex'),
      md5: this.#md5.digest('hex'),
      sizeBytes: this.#sizeBytes,
      isHdf5: this.#head.equals(HDF5_SIGNATURE),
    };
  }
}

/** Reads a file in constant memory. @throws the error of node:fs; the signal's reason after an abort. */
export async function digestFile(path: string, signal?: AbortSignal): Promise<Digests> {
  const digester = new Digester();
  for await (const bytes of createReadStream(path, { highWaterMark: READ_BYTES })) {
    signal?.throwIfAborted();
    digester.add(bytes);
  }
  return digester.finish();
}
