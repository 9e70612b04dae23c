/**
 * Objects whose blob is gone. Each row of `blobs` that is deleted leaves its object's key in stale_objects, in the same statement, so that a
 * process may end at any moment; a sweep deletes them in the bucket and then forgets them. Two processes that sweep at the same time do the
 * same twice, which S3 takes. A key has the blob's id in it and is never used again.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import type { S3Bucket } from './s3-bucket.ts';

const BATCH = 200;
const IN_FLIGHT = 4;

/** Deletes rows of `blobs b`. The statement's rows have the ids of those that went. */
export function deletingBlobs(condition: SQL): SQL {
  return sql`
    with gone as (delete from blobs b where ${condition} returning b.id, b.object_key, b.multipart_id),
      stale as (
        insert into stale_objects (object_key, multipart_id)
        select object_key, multipart_id from gone where object_key is not null)
    select id from gone`;
}

/**
 * Deletes the objects that have been stale for `graceSeconds`, a batch of them.
 * @returns how many. @throws AppError storage_unavailable, after which the object in question is tried again when the others had their turn.
 */
export async function sweepStaleObjects(pg: Sql, bucket: S3Bucket, graceSeconds: number): Promise<number> {
  const stale = await pg<{ key: string; multipartId: string | null }[]>`
    select object_key as key, multipart_id as "multipartId" from stale_objects
    where since <= now() - make_interval(secs => ${graceSeconds}) order by since limit ${BATCH}`;
  let deleted = 0;
  let failure: unknown = null;
  const work = async () => {
    for (let next = stale.shift(); next && failure === null; next = stale.shift()) {
      const { key, multipartId } = next;
      try {
        await bucket.delete(key, multipartId);
        await pg`delete from stale_objects where object_key = ${key}`;
        deleted++;
      } catch (error) {
        failure = error;
        await pg`update stale_objects set since = now() where object_key = ${key}`;
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  if (failure !== null) throw failure;
  return deleted;
}
