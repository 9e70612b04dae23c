/** The stores that one suite is run for. Each call gives one as another process has it: it remembers no hash. */
import { describe } from 'vitest';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { S3BlobStore } from '../../src/blobs/s3-store.ts';
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
