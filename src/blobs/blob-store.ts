/** Where datasets, videos and weights lie. The rest of the house knows this interface only; postgres-store.ts is the default. */
import type { ByteRange } from '../contract/byte-range.ts';

export interface StoredBlob {
  id: string;
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
}

/** A blob being written. Exactly one of `seal` and `abort` ends it. */
export interface BlobWriter {
  /** Appends; resolves when the next piece may come (back-pressure). The bytes may be reused afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it durable. The same content is stored once: the answer may name an older blob. */
  seal(): Promise<StoredBlob>;
  /** Throws away what was written. Safe to call after an error in `write`. */
  abort(): Promise<void>;
}

export interface BlobStore {
  create(): Promise<BlobWriter>;
  /** The bytes in order, in pieces; those of `range` alone where one is given. Throws not_found for an unknown id. */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
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
