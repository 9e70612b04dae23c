/** A blob's bytes in the rows of blob_chunks: all of them but the last are full. */
import type { ISql, Sql } from 'postgres';
import { AppError } from '../errors.ts';

export const CHUNK_BYTES = 250_000;

export interface ChunkSpan {
  /** The first byte. */
  first: number;
  /** The one behind the last. */
  end: number;
  /** Of a full row of this blob. */
  chunkBytes: number;
}

/** The bytes of a span that the blob has, in order. @throws AppError internal when a row is missing. */
export async function* readChunks(
  sql: Sql,
  blobId: string,
  { first, end, chunkBytes }: ChunkSpan,
): AsyncIterable<Uint8Array> {
  const fetch = async (seq: number) => {
    const [row] = await sql<{ bytes: Uint8Array }[]>`
      select bytes from blob_chunks where blob_id = ${blobId} and seq = ${seq}`;
    if (!row) throw new AppError('internal', `Blob ${blobId} has lost its chunk ${seq}.`);
    return row.bytes;
  };
  let seq = Math.floor(first / chunkBytes);
  let next = first < end ? fetch(seq) : null;
  while (next !== null) {
    const bytes: Uint8Array = await next;
    const start = seq++ * chunkBytes;
    // The next chunk travels while the caller works on this one. A caller that leaves early must not meet its rejection later.
    next = start + bytes.length < end ? fetch(seq) : null;
    next?.catch(() => {});
    yield bytes.subarray(Math.max(0, first - start), end - start);
  }
}

/** Drops what is stored beyond the bytes that count. @returns those of the last row, if it is not full. */
export async function cutChunks(tx: ISql, blobId: string, sizeBytes: number): Promise<Uint8Array> {
  const full = Math.floor(sizeBytes / CHUNK_BYTES);
  const tailBytes = sizeBytes % CHUNK_BYTES;
  await tx`delete from blob_chunks where blob_id = ${blobId} and seq >= ${tailBytes > 0 ? full + 1 : full}`;
  if (tailBytes === 0) return new Uint8Array(0);
  const [row] = await tx<{ bytes: Uint8Array }[]>`
    update blob_chunks set bytes = substring(bytes from 1 for ${tailBytes})
    where blob_id = ${blobId} and seq = ${full} returning bytes`;
  if (row?.bytes.length !== tailBytes) throw new AppError('internal', `Blob ${blobId} has lost its chunk ${full}.`);
  return row.bytes;
}
