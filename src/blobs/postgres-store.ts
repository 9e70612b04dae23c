/**
 * Blobs as rows of 250 kB in Postgres: shared by every API instance and worker with no server more.
 *
 * postgres.js sends bytea as hexadecimal text, so a chunk costs several times its size in short-lived memory. 300 MB written on two cores with
 * two inserts in flight: rows of 1 MB 144 MB/s with 116 MB of extra memory, of 250 kB 120 MB/s with 66 MB, of 30 kB 85 MB/s with 64 MB. COPY
 * would send bytes as they are, but one COPY a chunk waits 40 ms for the network's delayed acknowledgement (7 MB/s), and one a blob holds
 * a connection and a transaction for as long as an upload lasts. Large objects cannot be streamed by postgres.js.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Sql } from 'postgres';
import type { ByteRange } from '../contract/byte-range.ts';
import { AppError } from '../errors.ts';
import type { BlobStore, BlobWriter, StoredBlob } from './blob-store.ts';

const CHUNK_BYTES = 250_000;
const IN_FLIGHT = 2;

export class PostgresBlobStore implements BlobStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create(): Promise<BlobWriter> {
    const [row] = await this.#sql<{ id: string }[]>`insert into blobs default values returning id`;
    return new ChunkWriter(this.#sql, row!.id);
  }

  async *read(id: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const { sizeBytes, chunkBytes } = await this.#measure(id);
    const { first = 0, last = sizeBytes - 1 } = range ?? {};
    const end = Math.min(last + 1, sizeBytes);
    const fetch = async (seq: number) => {
      const [row] = await this.#sql<{ bytes: Uint8Array }[]>`
        select bytes from blob_chunks where blob_id = ${id} and seq = ${seq}`;
      if (!row) throw new AppError('internal', `Blob ${id} of ${sizeBytes} bytes has lost its chunk ${seq}.`);
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

  /** All chunks of a blob but the last are as long as the first. */
  async #measure(id: string): Promise<{ sizeBytes: number; chunkBytes: number }> {
    const [blob] = await this.#sql<{ size: string; chunk: number | null }[]>`
      select size_bytes as size, (select octet_length(bytes) from blob_chunks where blob_id = ${id} and seq = 0) as chunk
      from blobs where id = ${id} and sha256 is not null`;
    if (!blob) throw new AppError('not_found', `Blob ${id} does not exist.`);
    return { sizeBytes: Number(blob.size), chunkBytes: blob.chunk ?? CHUNK_BYTES };
  }
}

class ChunkWriter implements BlobWriter {
  readonly #sql: Sql;
  readonly #id: string;
  readonly #hash = sha256.create();
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Chunks that no insert needs any more; at most IN_FLIGHT + 1 exist. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #chunk = new Uint8Array(CHUNK_BYTES);
  #filled = 0;
  #seq = 0;
  #sizeBytes = 0;
  #failure: unknown = null;

  constructor(sql: Sql, id: string) {
    this.#sql = sql;
    this.#id = id;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const n = Math.min(bytes.length - at, CHUNK_BYTES - this.#filled);
      this.#chunk.set(bytes.subarray(at, at + n), this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled === CHUNK_BYTES) await this.#flush();
    }
  }

  async seal(): Promise<StoredBlob> {
    if (this.#filled > 0) await this.#flush();
    await this.#drain(0);
    const hex = bytesToHex(this.#hash.digest());
    const sizeBytes = this.#sizeBytes;
    const id = await this.#sql.begin(async tx => {
      // Two writers of the same content: the second waits here for the first, then takes its blob.
      await tx`select pg_advisory_xact_lock(hashtextextended(${hex}, 0))`;
      const [same] = await tx<{ id: string }[]>`update blobs set touched_at = now() where sha256 = ${hex} returning id`;
      if (same) await tx`delete from blobs where id = ${this.#id}`;
      else await tx`update blobs set sha256 = ${hex}, size_bytes = ${sizeBytes} where id = ${this.#id}`;
      return same?.id ?? this.#id;
    });
    return { id, sha256: hex, sizeBytes };
  }

  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    await this.#sql`delete from blobs where id = ${this.#id}`;
  }

  async #flush(): Promise<void> {
    const chunk = this.#chunk;
    const bytes = chunk.subarray(0, this.#filled);
    const insert = this
      .#sql`insert into blob_chunks (blob_id, seq, bytes) values (${this.#id}, ${this.#seq++}, ${bytes as Buffer})`
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#inFlight.delete(insert);
        this.#spare.push(chunk);
      });
    this.#inFlight.add(insert);
    this.#chunk = this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES);
    this.#filled = 0;
    await this.#drain(IN_FLIGHT - 1);
  }

  async #drain(atMost: number): Promise<void> {
    while (this.#inFlight.size > atMost) await Promise.race(this.#inFlight);
    if (this.#failure !== null) throw this.#failure;
  }
}
