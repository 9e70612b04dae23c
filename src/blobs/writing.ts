/**
 * The row of a blob that is being written, the same for every store: who may write to it, how many of its bytes count, and how it is sealed.
 *
 * A writer's turn is the value of `touched_at` that it was handed out with. Its writes lock the row with that value in shared mode, and the
 * next `resume` locks it exclusively to move the value on: it waits for writes under way, and those that come later find no row. This takes
 * no lock beyond one statement, so it also holds behind a pooler, and a process that dies leaves nothing to be released.
 */
import type { ISql, Sql } from 'postgres';
import { AppError } from '../errors.ts';
import type { StoredBlob } from './blob-store.ts';

export interface Turn {
  id: string;
  touchedAt: Date;
}

export async function createRow(sql: Sql): Promise<Turn> {
  const [row] = await sql<Turn[]>`insert into blobs default values returning id, touched_at as "touchedAt"`;
  return row!;
}

/** Takes the turn from whoever had it. @returns it, and how many bytes of the blob count. @throws AppError not_found. */
export async function takeTurn(tx: ISql, id: string): Promise<{ turn: Turn; sizeBytes: number }> {
  // Never the same value twice, however fast turns follow each other: the column counts milliseconds.
  const [row] = await tx<{ touchedAt: Date; size: string }[]>`
    update blobs set touched_at = greatest(now(), touched_at + interval '1 millisecond')
    where id = ${id} and sha256 is null
    returning touched_at as "touchedAt", size_bytes as size`;
  if (!row) throw new AppError('not_found', `No blob ${id} is being written.`);
  return { turn: { id, touchedAt: row.touchedAt }, sizeBytes: Number(row.size) };
}

/** From now on so many bytes of it count. @throws AppError upload_is_busy. */
export async function countBytes(sql: ISql, { id, touchedAt }: Turn, sizeBytes: number): Promise<void> {
  const { count } = await sql`
    update blobs set size_bytes = ${sizeBytes} where id = ${id} and touched_at = ${touchedAt} and sha256 is null`;
  if (count === 0) throw turnLost();
}

/** Deletes the blob, unless another has its turn. */
export async function deleteRow(sql: ISql, { id, touchedAt }: Turn): Promise<void> {
  await sql`
    with gone as (
      delete from blobs where id = ${id} and touched_at = ${touchedAt} and sha256 is null returning object_key, multipart_id)
    insert into stale_objects (object_key, multipart_id) select * from gone where object_key is not null`;
}

/**
 * Gives the blob its hash, or gives way to an older one with the same. An upload that it belonged to is complete with that.
 * @returns the blob to use from now on. @throws AppError upload_is_busy.
 */
export async function sealRow(
  sql: Sql,
  { id, touchedAt }: Turn,
  { sha256, sizeBytes }: Omit<StoredBlob, 'id'>,
): Promise<StoredBlob> {
  const sealedId = await sql.begin(async tx => {
    // Two writers of the same content: the second waits here for the first, then takes its blob.
    await tx`select pg_advisory_xact_lock(hashtextextended(${sha256}, 0))`;
    const mine = await tx`
      select from blobs where id = ${id} and touched_at = ${touchedAt} and sha256 is null for update`;
    if (mine.count === 0) throw turnLost();
    const [same] = await tx<
      { id: string }[]
    >`update blobs set touched_at = now() where sha256 = ${sha256} returning id`;
    await tx`
      update uploads set blob_id = ${same?.id ?? id}, received_bytes = ${sizeBytes}, length_bytes = ${sizeBytes}, completed_at = now()
      where blob_id = ${id}`;
    if (same) await deleteRow(tx, { id, touchedAt });
    else await sealOwnRow(tx, id, { sha256, sizeBytes });
    return same?.id ?? id;
  });
  return { id: sealedId, sha256, sizeBytes };
}

async function sealOwnRow(tx: ISql, id: string, { sha256, sizeBytes }: Omit<StoredBlob, 'id'>): Promise<void> {
  const [row] = await tx<{ objectKey: string | null }[]>`
    update blobs set sha256 = ${sha256}, size_bytes = ${sizeBytes}, multipart_id = null where id = ${id}
    returning object_key as "objectKey"`;
  if (row!.objectKey === null) return;
  // The object has all of it now.
  await tx`delete from blob_parts where blob_id = ${id}`;
  await tx`delete from blob_chunks where blob_id = ${id}`;
}

export function turnLost(): AppError {
  return new AppError('upload_is_busy', 'Another request goes on with this upload, and this one ends here.', {
    remedy: 'Ask where it stands and go on from there.',
  });
}
