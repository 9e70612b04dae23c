/** The stores that one suite is run for. Each call gives one as another process has it: it remembers no hash. */
import { sql } from 'drizzle-orm';
import { describe } from 'vitest';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { collectBlobs } from '../../src/blobs/collect.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { S3BlobStore } from '../../src/blobs/s3-store.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import type { TestDatabase } from './database.ts';
import type { TestBucket } from './s3-server.ts';

/** The least that S3 takes for a part that is not the last. No multiple of a chunk. */
export const PART_BYTES = 5 * 2 ** 20;

export function bucketStore(database: TestDatabase, bucket: TestBucket): BlobStore {
  const { sql } = database.client;
  return new S3BlobStore(sql, bucket.settings, new PostgresBlobStore(sql), { prefix: 'lab 1/', partBytes: PART_BYTES });
}

export function describeStores(
  database: TestDatabase,
  bucket: TestBucket,
  suite: (store: () => BlobStore, kind: 'postgres' | 's3') => void,
): void {
  describe('in the database', () => suite(() => new PostgresBlobStore(database.client.sql), 'postgres'));
  describe('in a bucket', () => suite(() => bucketStore(database, bucket), 's3'));
}

/** Forgets all blobs as the service does, and what is left of them in the bucket. */
export async function sweepAll(database: TestDatabase, bucket: TestBucket): Promise<void> {
  await database.client.db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` });
  await collectBlobs(database.client.db, 3600);
  while ((await bucketStore(database, bucket).sweep(0)) > 0);
}

/** The bytes of a blob from `first` to `last`. */
export async function readPart(store: BlobStore, id: string, first: number, last: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(id, { first, last })) pieces.push(piece);
  return Buffer.concat(pieces);
}
