/** A service whose files lie in a bucket, through HTTP: uploads in pieces, downloads in part, and downloads that the bucket answers itself. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { inferences, modelFiles, models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { useApi } from '../support/api.ts';
import { PART_BYTES } from '../support/blob-stores.ts';
import { useDatabase } from '../support/database.ts';
import { useBucket } from '../support/s3-server.ts';
import { begin, offsetOf, patch, sha256Of } from '../support/uploads.ts';

const database = useDatabase();
const bucket = useBucket();
const api = useApi(database, bucket.environment);
const bytes = randomBytes(2 * PART_BYTES);

/** @returns where it can be downloaded. */
async function asModelFile(blobId: string, sizeBytes: number): Promise<string> {
  const { db } = database.client;
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1 }).returning();
  await database.client
    .sql`insert into tasks (kind, model_uid, state, max_attempts, finished_at) values ('train', ${model!.uid}, 'succeeded', 1, now())`;
  await db.insert(modelFiles).values({ modelUid: model!.uid, name: 'best_model.h5', blobId, sizeBytes });
  return `/api/models/${model!.uid}/files/best_model.h5`;
}

it('an upload in pieces becomes an object', async () => {
  const url = await begin(api, bytes.length);
  for (const [from, to] of [
    [0, 1000],
    [1000, 9_000_000],
    [9_000_000, bytes.length],
  ] as const) {
    expect((await patch(url, from, bytes.subarray(from, to))).status).toBe(204);
    expect(await offsetOf(url)).toBe(to);
  }
  const { sha256, blob_id: id } = await (await fetch(url)).json();
  expect(sha256).toBe(sha256Of(bytes));
  expect((await database.client.db.select().from(blobs).where(eq(blobs.id, id)))[0]!.objectKey).toBe(id);
});

it('a download is sent through, unless the client asks to be sent to the bucket', async () => {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const { blob_id: id } = await (await fetch(`${api.url}/api/uploads`, { method: 'POST', body })).json();
  const path = await asModelFile(id, bytes.length);
  const etag = `"${sha256Of(bytes)}"`;

  const through = await api.get(path, { headers: { Range: 'bytes=5242870-5242889' }, redirect: 'manual' });
  expect([through.status, through.headers.get('etag')]).toEqual([206, etag]);
  expect(Buffer.from(await through.arrayBuffer())).toEqual(bytes.subarray(5242870, 5242890));

  const sent = await api.get(`${path}?redirect=true`, { redirect: 'manual' });
  expect([sent.status, sent.headers.get('cache-control')]).toEqual([307, 'no-store']);
  expect(sent.headers.get('location')).toContain(`${bucket.settings.endpoint}/${bucket.settings.bucket}/${id}?`);
  const there = await api.get(`${path}?redirect=true`);
  expect(there.headers.get('content-disposition')).toBe(through.headers.get('content-disposition'));
  expect(sha256Of(new Uint8Array(await there.arrayBuffer()))).toBe(sha256Of(bytes));

  // What needs no bytes is answered here.
  const known = await api.get(`${path}?redirect=true`, { headers: { 'If-None-Match': etag }, redirect: 'manual' });
  const head = await api.get(`${path}?redirect=true`, { method: 'HEAD', redirect: 'manual' });
  expect([known.status, head.status, head.headers.get('content-length')]).toEqual([304, 200, String(bytes.length)]);
});

it('the video of an inference is had from the bucket too, under its name and as what it is', async () => {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const { blob_id: videoBlob } = await (await fetch(`${api.url}/api/uploads`, { method: 'POST', body })).json();
  const { db } = database.client;
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1 }).returning();
  const values = { modelUid: model!.uid, videoBlob, fileName: 'mouse 1.mp4' };
  const [inference] = await db.insert(inferences).values(values).returning();
  const path = `/api/inferences/${inference!.id}/video?redirect=true`;
  expect((await api.get(path, { redirect: 'manual' })).status).toBe(307);
  const there = await api.get(path, { headers: { Range: 'bytes=100-199' } });
  expect(['content-type', 'content-disposition', 'content-range'].map(name => there.headers.get(name))).toEqual([
    ...['video/mp4', 'inline; filename="mouse 1.mp4"', `bytes 100-199/${bytes.length}`],
  ]);
  expect(Buffer.from(await there.arrayBuffer())).toEqual(bytes.subarray(100, 200));
});

it('a file that lies in no bucket is sent from here all the same', async () => {
  const { sql } = database.client;
  const [row] =
    await sql`insert into blobs (sha256, size_bytes) values (${sha256Of(bytes.subarray(0, 9))}, 9) returning id`;
  await sql`insert into blob_chunks (blob_id, seq, bytes) values (${row!.id}, 0, ${bytes.subarray(0, 9)}::bytea)`;
  const response = await api.get(`${await asModelFile(row!.id, 9)}?redirect=true`, { redirect: 'manual' });
  expect([response.status, sha256Of(new Uint8Array(await response.arrayBuffer()))]).toEqual([
    ...[200, sha256Of(bytes.subarray(0, 9))],
  ]);
});

it('a bucket that refuses is a 503 with a sentence', async () => {
  bucket.line.next([/^PUT/, 'denied']);
  const response = await fetch(`${api.url}/api/uploads`, { method: 'POST', body: 'a small file' });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    error: 'storage_unavailable',
    detail: expect.stringMatching(/^The bucket blobs-\w+ .*403 AccessDenied: Access Denied\.$/),
  });
});
