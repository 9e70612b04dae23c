/**
 * Blobs as objects of an S3 bucket, which costs less than a database's disk and takes the load of large files off it. What is being written and
 * what is stored is still said by the tables, in the same transactions as for the Postgres store; the bucket holds bytes only, under keys
 * that are the blobs' ids. A blob without a key has its bytes in the database: it is from the time before the store was changed.
 */
import type { Sql } from 'postgres';
import type { ByteRange } from '../contract/byte-range.ts';
import { AppError } from '../errors.ts';
import type { BlobStore, BlobWriter, Download, Keep } from './blob-store.ts';
import { readOpenObject } from './part-rows.ts';
import { PartWriter, type Workshop } from './part-writer.ts';
import { RunningHashes } from './running-hash.ts';
import { S3Bucket } from './s3-bucket.ts';
import type { S3Settings } from './s3-request.ts';
import { newSha256 } from './sha256.ts';
import { sweepStaleObjects } from './stale-objects.ts';
import { createRow, takeTurn } from './writing.ts';

const PART_BYTES = 8 * 2 ** 20;

export interface S3StoreOptions {
  /** What keys begin with. */
  prefix?: string;
  /** S3 wants 5 MiB or more. */
  partBytes?: number;
}

export class S3BlobStore implements BlobStore {
  readonly #sql: Sql;
  readonly #bucket: S3Bucket;
  readonly #shop: Workshop;
  readonly #inDatabase: BlobStore;

  /** @param inDatabase reads the blobs that have no key. */
  constructor(
    sql: Sql,
    settings: S3Settings,
    inDatabase: BlobStore,
    { prefix = '', partBytes = PART_BYTES }: S3StoreOptions = {},
  ) {
    this.#sql = sql;
    this.#bucket = new S3Bucket(settings);
    const keyOf = (blobId: string) => prefix + blobId;
    this.#shop = { sql, bucket: this.#bucket, hashes: new RunningHashes(), partBytes, keyOf };
    this.#inDatabase = inDatabase;
  }

  async create(): Promise<BlobWriter> {
    const turn = await createRow(this.#sql);
    const nothing = { sizeBytes: 0, multipartId: null, parts: [] };
    return new PartWriter(this.#shop, { turn, keep: 'at-the-end', ...nothing, hash: newSha256() });
  }

  async resume(id: string, keep: Keep): Promise<BlobWriter> {
    const taken = await this.#sql.begin(async tx => ({
      ...(await takeTurn(tx, id)),
      ...(await readOpenObject(tx, id)),
    }));
    const hash = this.#shop.hashes.take(id, taken.sizeBytes);
    return new PartWriter(this.#shop, { ...taken, keep, hash });
  }

  async *read(id: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const { sizeBytes, key } = await this.#find(id);
    const { first = 0, last = sizeBytes - 1 } = range ?? {};
    yield* key === null
      ? this.#inDatabase.read(id, range)
      : this.#bucket.read(key, first, Math.min(last, sizeBytes - 1));
  }

  async presign(id: string, download: Download): Promise<string | null> {
    const { key } = await this.#find(id);
    return key === null ? null : this.#bucket.presign(key, download);
  }

  sweep(graceSeconds: number): Promise<number> {
    return sweepStaleObjects(this.#sql, this.#bucket, graceSeconds);
  }

  async #find(id: string): Promise<{ sizeBytes: number; key: string | null }> {
    const [blob] = await this.#sql<{ sizeBytes: string; key: string | null }[]>`
      select size_bytes as "sizeBytes", object_key as key from blobs where id = ${id} and sha256 is not null`;
    if (!blob) throw new AppError('not_found', `Blob ${id} does not exist.`);
    return { sizeBytes: Number(blob.sizeBytes), key: blob.key };
  }
}
