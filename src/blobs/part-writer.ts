/**
 * Writes a blob to a bucket: a small one with a single PUT, others in parts of 8 MiB with two on their way, so that a writer holds 24 MiB and
 * what fetch copies of the two. All parts but the last are of one length, as R2 demands it. S3 takes 10,000 parts, and so at most 78 GiB.
 *
 * A part that was acknowledged counts from then on, or with suspend() or seal(): see `Keep`. One that another writer sends again under
 * its number replaces it in the bucket. A writer that has lost its turn stops before its next part; one that is on its way then might still
 * arrive after the same part of the newer writer, which S3 tells from its ETag in the end: that upload has to be sent again.
 */
import type { Sql } from 'postgres';
import { AppError } from '../errors.ts';
import type { BlobWriter, Keep, StoredBlob } from './blob-store.ts';
import { CHUNK_BYTES, readChunks } from './chunk-rows.ts';
import { countParts, nameMultipart, nameObject, type OpenObject, requireTurn, type StoredPart } from './part-rows.ts';
import type { RunningHashes } from './running-hash.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { newSha256, type Sha256 } from './sha256.ts';
import { deleteRow, sealRow, type Turn, turnLost } from './writing.ts';

const IN_FLIGHT = 2;
const MOST_PARTS = 10_000;

/** What the writers of a store share. */
export interface Workshop {
  sql: Sql;
  bucket: S3Bucket;
  hashes: RunningHashes;
  partBytes: number;
  keyOf(blobId: string): string;
}

export interface Beginning extends OpenObject {
  turn: Turn;
  keep: Keep;
  sizeBytes: number;
  /** Of all bytes so far; null: not known, they are read again in the end. */
  hash: Sha256 | null;
}

export class PartWriter implements BlobWriter {
  readonly #shop: Workshop;
  readonly #turn: Turn;
  readonly #keep: Keep;
  /** As the blob was handed out. */
  readonly #before: { sizeBytes: number; parts: number; tailBytes: number; hash: Sha256 | null };
  readonly #hash: Sha256 | null;
  readonly #key: string;
  /** Acknowledged ones; those behind a gap wait for it. */
  readonly #parts: StoredPart[];
  #countedParts: number;
  #multipart: Promise<string> | null;
  readonly #inFlight = new Map<number, Promise<unknown>>();
  #counting: Promise<void> | null = null;
  /** Buffers that no request needs any more; at most IN_FLIGHT + 1 exist. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** What does not fill a part yet; null: the bytes behind the parts were not read from the database yet. */
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #filled = 0;
  #begunParts: number;
  #sizeBytes: number;
  #failure: unknown = null;

  constructor(shop: Workshop, { turn, keep, sizeBytes, hash, multipartId, parts }: Beginning) {
    this.#shop = shop;
    this.#turn = turn;
    this.#keep = keep;
    const kept = keep === 'at-the-end' ? (hash?.clone() ?? null) : null;
    this.#before = { sizeBytes, parts: parts.length, tailBytes: sizeBytes - sizeOf(parts), hash: kept };
    this.#hash = hash;
    this.#key = shop.keyOf(turn.id);
    this.#parts = [...parts];
    this.#countedParts = parts.length;
    this.#begunParts = parts.length;
    this.#multipart = multipartId === null ? null : Promise.resolve(multipartId);
    this.#sizeBytes = sizeBytes;
  }

  get id(): string {
    return this.#turn.id;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#load();
    this.#hash?.update(bytes);
    this.#sizeBytes += bytes.length;
    await this.#append(bytes);
  }

  async seal(): Promise<StoredBlob> {
    const { sql, bucket } = this.#shop;
    await this.#load();
    if (this.#multipart === null && this.#begunParts === 0) {
      await nameObject(sql, this.#turn, this.#key);
      await bucket.put(this.#key, this.#buffer!.subarray(0, this.#filled));
    } else {
      if (this.#filled > 0 || this.#begunParts === 0) await this.#flush();
      await this.#drain(0);
      // A process that ends after S3 has put the object together must find that nothing is missing.
      await this.#count(this.#parts, new Uint8Array(0));
      await bucket.complete(this.#key, (await this.#multipart)!, this.#parts);
    }
    const sha256 = this.#hash?.hex() ?? (await this.#readHash());
    return sealRow(sql, this.#turn, { sha256, sizeBytes: this.#sizeBytes });
  }

  async suspend(): Promise<void> {
    await this.#drain(0);
    if (this.#buffer === null) await requireTurn(this.#shop.sql, this.#turn);
    else await this.#count(this.#parts, this.#buffer.subarray(0, this.#filled));
    if (this.#hash) this.#shop.hashes.keep(this.id, this.#sizeBytes, this.#hash);
  }

  async revert(): Promise<void> {
    await this.#rest();
    const { sizeBytes, hash } = this.#before;
    if (hash) this.#shop.hashes.keep(this.id, sizeBytes, hash);
  }

  async abort(): Promise<void> {
    await this.#rest();
    // The object and its parts are deleted in the bucket by the next sweep (stale-objects.ts).
    await deleteRow(this.#shop.sql, this.#turn);
  }

  /** Reads the bytes behind the parts, once: a writer that is only asked how long the blob is does not need them. */
  async #load(): Promise<void> {
    if (this.#buffer !== null) return;
    this.#buffer = new Uint8Array(this.#shop.partBytes);
    const tail = { first: 0, end: this.#before.tailBytes, chunkBytes: CHUNK_BYTES };
    try {
      // Longer than a part if the Postgres store began the blob.
      for await (const bytes of readChunks(this.#shop.sql, this.id, tail)) await this.#append(bytes);
    } catch (error) {
      // A newer writer may have put them into a part.
      await requireTurn(this.#shop.sql, this.#turn);
      throw error;
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const n = Math.min(bytes.length - at, this.#shop.partBytes - this.#filled);
      this.#buffer!.set(bytes.subarray(at, at + n), this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled < this.#shop.partBytes) continue;
      await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const buffer = this.#buffer!;
    const at = this.#begunParts++;
    const putting = this.#put(at, buffer.subarray(0, this.#filled))
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#inFlight.delete(at);
        this.#spare.push(buffer);
        this.#countMeanwhile();
      });
    this.#inFlight.set(at, putting);
    this.#buffer = this.#spare.pop() ?? new Uint8Array(this.#shop.partBytes);
    this.#filled = 0;
    await this.#drain(IN_FLIGHT - 1);
  }

  async #put(at: number, bytes: Uint8Array): Promise<void> {
    if (at >= MOST_PARTS) throw tooManyParts(MOST_PARTS * this.#shop.partBytes);
    await requireTurn(this.#shop.sql, this.#turn);
    this.#multipart ??= this.#begin();
    this.#parts[at] = await this.#shop.bucket.putPart(this.#key, await this.#multipart, at + 1, bytes);
  }

  async #begin(): Promise<string> {
    const { sql, bucket } = this.#shop;
    await nameObject(sql, this.#turn, this.#key);
    const multipartId = await bucket.begin(this.#key);
    if (await nameMultipart(sql, this.#turn, multipartId)) return multipartId;
    await bucket.abandon(this.#key, multipartId);
    throw turnLost();
  }

  /** Lets the parts that are there without a gap count, while further ones are on their way. */
  #countMeanwhile(): void {
    if (this.#keep !== 'as-it-comes' || this.#counting || this.#failure !== null) return;
    const parts = this.#parts.slice(0, Math.min(this.#begunParts, ...this.#inFlight.keys()));
    // Never less than before: the bytes behind the former parts count as well.
    if (parts.length === this.#countedParts || sizeOf(parts) <= this.#before.sizeBytes) return;
    this.#counting = this.#count(parts, new Uint8Array(0))
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#counting = null;
        this.#countMeanwhile();
      });
  }

  async #count(parts: readonly StoredPart[], tail: Uint8Array): Promise<void> {
    // Rows of the former tail are worth keeping where it only grew.
    const onlyGrew = this.#begunParts === this.#before.parts;
    const knownRows = onlyGrew ? Math.floor(this.#before.tailBytes / CHUNK_BYTES) : 0;
    await countParts(this.#shop.sql, this.#turn, { parts, knownParts: this.#countedParts, tail, knownRows });
    this.#countedParts = parts.length;
  }

  /** S3 lets nobody read the parts of an object before it is put together. */
  async #readHash(): Promise<string> {
    const hash = newSha256();
    for await (const bytes of this.#shop.bucket.read(this.#key, 0, this.#sizeBytes - 1)) hash.update(bytes);
    return hash.hex();
  }

  /** Nothing is under way any more, whatever came of it. */
  async #rest(): Promise<void> {
    while (this.#inFlight.size > 0 || this.#counting) await Promise.all([...this.#inFlight.values(), this.#counting]);
  }

  async #drain(atMost: number): Promise<void> {
    while (this.#inFlight.size > atMost) await Promise.race(this.#inFlight.values());
    if (atMost === 0) await this.#rest();
    if (this.#failure !== null) throw this.#failure;
  }
}

function sizeOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

function tooManyParts(mostBytes: number): AppError {
  return new AppError('payload_too_large', `The file is larger than the ${mostBytes} bytes that an S3 object takes.`, {
    remedy: 'Send a smaller file.',
  });
}
