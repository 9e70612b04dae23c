/** Sending files ahead in tests: at once, in pieces, and over connections that break. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { blobChunks, uploads } from '../../src/db/schema-bytes.ts';
import type { TestApi } from './api.ts';
import type { TestDatabase } from './database.ts';

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A request of the tus protocol. */
export function tus(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: { 'Tus-Resumable': '1.0.0', ...headers },
    ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  });
}

/** Begins an upload. @returns its whole address. */
export async function begin(api: TestApi, lengthBytes: number, headers: Record<string, string> = {}): Promise<string> {
  const response = await tus(`${api.url}/api/uploads`, 'POST', { 'Upload-Length': String(lengthBytes), ...headers });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return api.url + response.headers.get('location');
}

export function patch(
  url: string,
  offset: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return tus(
    url,
    'PATCH',
    { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset), ...headers },
    body,
  );
}

export async function offsetOf(url: string): Promise<number> {
  return Number((await tus(url, 'HEAD')).headers.get('upload-offset'));
}

/** A request that has sent `bytes` of the `announced` ones and hangs. */
export async function hangingRequest(
  url: string,
  {
    method,
    headers,
    bytes,
    announced,
  }: { method: string; headers: Record<string, string>; bytes: Uint8Array; announced: number },
) {
  const sending = request(url, { method, headers: { 'Content-Length': String(announced), ...headers } });
  const answer = new Promise<number | 'broken'>(resolve => {
    sending.on('response', response => {
      response.resume();
      resolve(response.statusCode!);
    });
    sending.on('error', () => resolve('broken'));
  });
  sending.write(bytes);
  await once(sending, 'socket');
  return { answer, break: () => sending.destroy() };
}

export function hangingPatch(url: string, offset: number, bytes: Uint8Array, announced: number) {
  const headers = {
    'Tus-Resumable': '1.0.0',
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': String(offset),
  };
  return hangingRequest(url, { method: 'PATCH', headers, bytes, announced });
}

/** Asks again until it is so. */
export async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean, timeoutMs = 5000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`It stayed ${JSON.stringify(value)}.`);
    await sleep(10);
  }
}

/** The rows of a blob, joined. */
/** Waits until the store has so many bytes of an upload that is still being sent. @returns its blob. */
export async function storedOf(database: TestDatabase, url: string, leastBytes: number): Promise<string> {
  const id = url.split('/').pop()!;
  const [upload] = await database.client.db.select().from(uploads).where(eq(uploads.id, id));
  await until(
    async () => (await storedBytes(database, upload!.blobId)).length,
    stored => stored >= leastBytes,
  );
  return upload!.blobId;
}

export async function storedBytes(database: TestDatabase, blobId: string): Promise<Buffer> {
  const rows = await database.client.db
    .select()
    .from(blobChunks)
    .where(eq(blobChunks.blobId, blobId))
    .orderBy(asc(blobChunks.seq));
  return Buffer.concat(rows.map(row => row.bytes));
}
