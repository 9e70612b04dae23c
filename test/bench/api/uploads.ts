/** A file into Postgres: as the API takes it, beside a loop that does nothing but insert its chunks, two at a time. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from '../../../src/db/client.ts';
import { blobChunks, blobs } from '../../../src/db/schema-bytes.ts';

const CHUNK_BYTES = 250_000;
const PIECE_BYTES = 65_536;
const MB = 1e6;

/** @param seed so that no two files are the same. */
async function* pieces(bytes: number, seed: number): AsyncGenerator<Uint8Array> {
  const noise = new Uint8Array(PIECE_BYTES);
  for (let i = 0; i < noise.length; i++) noise[i] = ((i + seed) * 2_654_435_761) >>> 24;
  for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
    new DataView(noise.buffer).setFloat64(0, seed + sent);
    yield Uint8Array.from(noise.subarray(0, Math.min(PIECE_BYTES, bytes - sent)));
  }
}

/** @returns MB/s over HTTP, hashed, chunked and sealed. Sent by Node's own client: fetch takes a core to itself, which the API then lacks. */
export async function upload(url: string, bytes: number, seed: number): Promise<number> {
  const begun = performance.now();
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes };
  const sending = request(`${url}/api/uploads`, { method: 'POST', headers });
  const answered = once(sending, 'response');
  await pipeline(Readable.from(pieces(bytes, seed)), sending);
  const [response] = (await answered) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  if (response.statusCode !== 201) throw new Error(`The upload was answered ${response.statusCode}: ${text}`);
  return bytes / MB / ((performance.now() - begun) / 1000);
}

/** @returns MB/s of the same bytes, inserted. */
export async function insertChunks({ db, sql }: Client, bytes: number, seed: number): Promise<number> {
  const [blob] = await db.insert(blobs).values({}).returning();
  const begun = performance.now();
  const inFlight = new Set<Promise<unknown>>();
  let [chunk, filled, seq] = [new Uint8Array(CHUNK_BYTES), 0, 0];
  const flush = () => {
    const row = { blobId: blob!.id, seq: seq++, bytes: chunk.subarray(0, filled) };
    const insert = sql`insert into blob_chunks ${sql({ blob_id: row.blobId, seq: row.seq, bytes: row.bytes as Buffer })}`;
    const tracked: Promise<unknown> = insert.finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
    [chunk, filled] = [new Uint8Array(CHUNK_BYTES), 0];
  };
  for await (const piece of pieces(bytes, seed)) {
    for (let at = 0; at < piece.length; ) {
      const n = Math.min(piece.length - at, CHUNK_BYTES - filled);
      chunk.set(piece.subarray(at, at + n), filled);
      [filled, at] = [filled + n, at + n];
      if (filled === CHUNK_BYTES) flush();
      while (inFlight.size > 1) await Promise.race(inFlight);
    }
  }
  if (filled > 0) flush();
  await Promise.all(inFlight);
  const took = (performance.now() - begun) / 1000;
  await db.delete(blobChunks);
  return bytes / MB / took;
}
