/**
 * The store that the configuration asks for. With S3_* set, blobs of both kinds are read wherever they lie, whichever of the two new ones go to:
 * BLOB_STORE can be changed in either direction without moving anything. A blob that is being written goes on where it began.
 */
import type { Sql } from 'postgres';
import type { ByteRange } from '../contract/byte-range.ts';
import type { BlobStore, BlobWriter, Download, Keep } from './blob-store.ts';
import { PostgresBlobStore } from './postgres-store.ts';
import { S3BlobStore } from './s3-store.ts';

/** The variables of config.ts by the same names. */
interface BlobVariables {
  BLOB_STORE: 'postgres' | 's3';
  S3_ENDPOINT?: string | undefined;
  S3_PUBLIC_ENDPOINT?: string | undefined;
  S3_BUCKET?: string | undefined;
  S3_REGION: string;
  S3_ACCESS_KEY_ID?: string | undefined;
  S3_SECRET_ACCESS_KEY?: string | undefined;
  S3_PREFIX: string;
}

export function openBlobStore(config: BlobVariables, sql: Sql): BlobStore {
  const inDatabase = new PostgresBlobStore(sql);
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_ACCESS_KEY_ID: key, S3_SECRET_ACCESS_KEY: secret } = config;
  if (!endpoint || !bucket || !key || !secret) return inDatabase;
  const settings = {
    ...{ endpoint, bucket, accessKeyId: key, secretAccessKey: secret },
    ...{ region: config.S3_REGION, publicEndpoint: config.S3_PUBLIC_ENDPOINT },
  };
  const inBucket = new S3BlobStore(sql, settings, inDatabase, { prefix: config.S3_PREFIX });
  return config.BLOB_STORE === 's3' ? inBucket : new DatabaseFirst(sql, inDatabase, inBucket);
}

/** New blobs go to the database; those that lie in the bucket, or are on their way there, are left there. */
class DatabaseFirst implements BlobStore {
  readonly #sql: Sql;
  readonly #inDatabase: BlobStore;
  readonly #inBucket: BlobStore;

  constructor(sql: Sql, inDatabase: BlobStore, inBucket: BlobStore) {
    this.#sql = sql;
    this.#inDatabase = inDatabase;
    this.#inBucket = inBucket;
  }

  create(): Promise<BlobWriter> {
    return this.#inDatabase.create();
  }

  async resume(id: string, keep: Keep): Promise<BlobWriter> {
    const [row] = await this.#sql<{ key: string | null }[]>`select object_key as key from blobs where id = ${id}`;
    return (row && row.key !== null ? this.#inBucket : this.#inDatabase).resume(id, keep);
  }

  /** The store of the bucket reads both kinds. */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    return this.#inBucket.read(id, range);
  }

  presign(id: string, download: Download): Promise<string | null> {
    return this.#inBucket.presign(id, download);
  }

  sweep(graceSeconds: number): Promise<number> {
    return this.#inBucket.sweep(graceSeconds);
  }
}
