/**
 * The hashes of blobs that are written in several goes, kept in the memory of this process between them. What is not here, because another
 * process received the last piece, this one was restarted, or too many were under way, is read again from the store when the blob is sealed:
 * the answer is the same, it only takes the time of reading the blob once.
 */
import { newSha256, type Sha256 } from './sha256.ts';

/** Some 500 bytes each. */
const MOST = 1000;

export class RunningHashes {
  readonly #kept = new Map<string, { sizeBytes: number; hash: Sha256 }>();

  /** @param sizeBytes how many bytes of the blob the hash has seen. */
  keep(blobId: string, sizeBytes: number, hash: Sha256): void {
    this.#kept.delete(blobId);
    this.#kept.set(blobId, { sizeBytes, hash });
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
  }

  /** @returns the hash of just so many bytes, to go on with; null: not known here. */
  take(blobId: string, sizeBytes: number): Sha256 | null {
    const kept = this.#kept.get(blobId);
    this.#kept.delete(blobId);
    if (sizeBytes === 0) return newSha256();
    return kept?.sizeBytes === sizeBytes ? kept.hash : null;
  }
}
