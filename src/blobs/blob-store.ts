/** Where datasets, videos and weights lie. The rest of the house knows this interface only; postgres-store.ts is the default. */
import type { ByteRange } from '../contract/byte-range.ts';

export interface StoredBlob {
  id: string;
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
}

/**
 * A blob being written. Exactly one of `seal`, `suspend`, `revert` and `abort` ends it; after an error in `write` too.
 *
 * A blob has one writer: the newest. Whoever resumes it ends the one before, be it in another process, which gets upload_is_busy from its
 * next call and changes nothing any more. So nobody has to wait for a writer whose client is gone, and no lock outlives a connection.
 */
export interface BlobWriter {
  /** Of the blob as long as it is open; `seal` may answer with another. */
  readonly id: string;
  /** How many bytes the blob has with all that was written. */
  readonly sizeBytes: number;
  /** Appends; resolves when the next piece may come (back-pressure). The bytes may be reused afterwards. @throws AppError upload_is_busy. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes it durable and final. The same content is stored once: the answer may name an older blob, and this one is gone then. An upload
   * that the blob belonged to is complete with it and names what was answered, in the same transaction (writing.ts).
   * @throws AppError upload_is_busy.
   */
  seal(): Promise<StoredBlob>;
  /** Makes all that was written durable and leaves the blob open, for `resume`. @throws AppError upload_is_busy. */
  suspend(): Promise<void>;
  /** Leaves the blob open and as long as it counts: of a writer that keeps at the end, as long as it was handed out. */
  revert(): Promise<void>;
  /** Throws the blob away, unless another writer has it. */
  abort(): Promise<void>;
}

/**
 * When bytes count that `resume`'s writer writes. as-it-comes: from time to time, so that little is lost with the process. at-the-end: all
 * together with `suspend` or `seal`, and none otherwise, as for a piece whose checksum is known only when all of it is there.
 */
export type Keep = 'as-it-comes' | 'at-the-end';

export interface Download {
  /** For how long the address works. */
  seconds: number;
  /** What Content-Type and Content-Disposition will be. */
  type: string;
  disposition: string;
}

/**
 * What a store has to be. A blob that is being written is a row of `blobs` without sha256:
 * - `size_bytes` says how many of its bytes count. What is stored beyond is left over from a writer that did not end well; `resume` drops it.
 * - `touched_at` tells writers apart: `resume` moves it on, and every write asks for it (writing.ts).
 * A store whose parts have a least size (S3: 5 MiB for all but the last) keeps what does not fill one in `blob_chunks`, and under
 * `at-the-end` leaves the former such rest there until it is replaced in the transaction that moves `size_bytes`.
 */
export interface BlobStore {
  /** A new blob; its writer keeps at the end. */
  create(): Promise<BlobWriter>;
  /** Goes on with an open blob where it ends. @throws AppError not_found for an unknown one, and for one that is sealed. */
  resume(id: string, keep: Keep): Promise<BlobWriter>;
  /** The bytes in order, in pieces; those of `range` alone where one is given. Throws not_found for an unknown id. */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** An address at which anybody can download the blob for a while; null: it can be had from this service only. */
  presign(id: string, download: Download): Promise<string | null>;
  /**
   * Deletes what is still stored of blobs that are gone for `graceSeconds`: by then no request that writes to them is on its way any more.
   * @returns how many.
   */
  sweep(graceSeconds: number): Promise<number>;
}

/** Writes all of a byte array or stream; nothing is left behind when it fails. */
export async function storeBlob(store: BlobStore, source: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredBlob> {
  const writer = await store.create();
  try {
    if (source instanceof Uint8Array) await writer.write(source);
    else for await (const piece of source) await writer.write(piece);
    return await writer.seal();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The whole blob in one array; for weights, which fit in memory anyway. */
export async function loadBlob(store: BlobStore, id: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(id)) pieces.push(piece);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
