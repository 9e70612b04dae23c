/**
 * What the database knows of a blob that is being written to a bucket: its object's key and multipart upload, the parts that S3 has
 * acknowledged, and the bytes behind them. All of these count, and nothing else is stored: a part that does not count yet is known to its
 * writer only. The bytes behind the parts lie in blob_chunks, where row 0 is the first one behind the last part.
 */
import type { ISql, Sql } from 'postgres';
import { CHUNK_BYTES } from './chunk-rows.ts';
import { countBytes, type Turn, turnLost } from './writing.ts';

export interface StoredPart {
  /** As S3 told it, quotes included. */
  etag: string;
  sizeBytes: number;
}

export interface OpenObject {
  multipartId: string | null;
  /** In order; the first has the number 1. */
  parts: StoredPart[];
}

export async function readOpenObject(tx: ISql, blobId: string): Promise<OpenObject> {
  const [row] = await tx<{ multipartId: string | null }[]>`
    select multipart_id as "multipartId" from blobs where id = ${blobId}`;
  const rows = await tx<{ etag: string; sizeBytes: string }[]>`
    select etag, size_bytes as "sizeBytes" from blob_parts where blob_id = ${blobId} order by part`;
  const parts = rows.map(({ etag, sizeBytes }) => ({ etag, sizeBytes: Number(sizeBytes) }));
  return { multipartId: row?.multipartId ?? null, parts };
}

/** Says where the object will be, before it is there: whoever deletes the row then knows what to delete in the bucket. */
export async function nameObject(sql: Sql, { id, touchedAt }: Turn, key: string): Promise<void> {
  const { count } = await sql`
    update blobs set object_key = ${key} where id = ${id} and touched_at = ${touchedAt} and sha256 is null`;
  if (count === 0) throw turnLost();
}

/** @returns false: another has the turn, and the multipart upload is of no use. */
export async function nameMultipart(sql: Sql, { id, touchedAt }: Turn, multipartId: string): Promise<boolean> {
  const { count } = await sql`
    update blobs set multipart_id = ${multipartId} where id = ${id} and touched_at = ${touchedAt} and sha256 is null`;
  return count > 0;
}

/** @throws AppError upload_is_busy when another has the turn. */
export async function requireTurn(sql: Sql, { id, touchedAt }: Turn): Promise<void> {
  const { count } = await sql`
    select from blobs where id = ${id} and touched_at = ${touchedAt} and sha256 is null`;
  if (count === 0) throw turnLost();
}

export interface Standing {
  /** All of them. */
  parts: readonly StoredPart[];
  /** So many of them are stored already. */
  knownParts: number;
  /** The bytes behind them. */
  tail: Uint8Array;
  /** So many full rows of the tail are stored already. */
  knownRows: number;
}

/** Lets these parts count, and the bytes behind them. @throws AppError upload_is_busy. */
export async function countParts(
  sql: Sql,
  turn: Turn,
  { parts, knownParts, tail, knownRows }: Standing,
): Promise<void> {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, tail.length);
  const blobId = turn.id;
  await sql.begin(async tx => {
    // First, since it locks the row against the next writer.
    await countBytes(tx, turn, sizeBytes);
    for (const [at, { etag, sizeBytes: partBytes }] of parts.entries())
      if (at >= knownParts)
        await tx`
          insert into blob_parts (blob_id, part, etag, size_bytes) values (${blobId}, ${at + 1}, ${etag}, ${partBytes})`;
    await tx`delete from blob_chunks where blob_id = ${blobId} and seq >= ${knownRows}`;
    for (let seq = knownRows; seq * CHUNK_BYTES < tail.length; seq++) {
      const bytes = tail.subarray(seq * CHUNK_BYTES, (seq + 1) * CHUNK_BYTES) as Buffer;
      await tx`insert into blob_chunks (blob_id, seq, bytes) values (${blobId}, ${seq}, ${bytes}::bytea)`;
    }
  });
}
