/** Files sent ahead at once. */
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { collectBlobs } from '../../src/blobs/collect.ts';
import type { UploadResource } from '../../src/contract/upload.ts';
import { datasetChecks } from '../../src/db/schema.ts';
import { blobs, uploads } from '../../src/db/schema-bytes.ts';
import { deleteExpiredUploads } from '../../src/service/uploads.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { begin, hangingRequest, patch, sha256Of, storedBytes, until } from '../support/uploads.ts';

const database = useDatabase();
const MOST_BYTES = 6_000_000;
const api = useApi(database, { MAX_UPLOAD_BYTES: String(MOST_BYTES) });

const send = (body: BodyInit, headers: Record<string, string> = {}, query = '') =>
  fetch(`${api.url}/api/uploads${query}`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
const bodyOf = (bytes: Buffer) => bytes as Uint8Array<ArrayBuffer>;
async function upload(bytes: Buffer, headers: Record<string, string> = {}): Promise<UploadResource> {
  const response = await send(bodyOf(bytes), headers);
  expect(response.status).toBe(201);
  return response.json();
}
const count = (table: typeof blobs | typeof uploads) => database.client.db.$count(table);

describe('a file that comes at once', () => {
  it('is stored as it is, whatever its Content-Type, and can be asked for', async () => {
    for (const type of ['video/mp4', 'application/json', 'text/plain', '']) {
      const bytes = randomBytes(600_001);
      const response = await send(bodyOf(bytes), {
        ...(type && { 'Content-Type': type }),
        'Content-Disposition': 'attachment; filename="mouse 1.mp4"',
      });
      expect(response.status).toBe(201);
      const resource: UploadResource = await response.json();
      expect(resource).toMatchObject({
        ...{ state: 'complete', file_name: 'mouse 1.mp4', received_bytes: 600_001, length_bytes: 600_001 },
        sha256: sha256Of(bytes),
      });
      expect(response.headers.get('location')).toBe(`/api/uploads/${resource.upload_id}`);
      expect(sha256Of(await storedBytes(database, resource.blob_id!))).toBe(sha256Of(bytes));
      expect(await (await api.get(`/api/uploads/${resource.upload_id}`)).json()).toEqual(resource);
      const { uploads: listed } = await (await api.get('/api/uploads')).json();
      expect(listed[0]).toEqual(resource);
      expect(Date.parse(resource.expires_at) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    }
  });

  it('may come in chunks of a length that nobody announced', async () => {
    const bytes = randomBytes(1_234_567);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 100_000) controller.enqueue(bytes.subarray(at, at + 100_000));
        controller.close();
      },
    });
    const resource = await (await send(body, {}, '?file_name=mouse%202.avi')).json();
    expect(resource).toMatchObject({ sha256: sha256Of(bytes), file_name: 'mouse 2.avi' });
  });

  it('may be the one file of a form', async () => {
    const bytes = randomBytes(700_000);
    const form = new FormData();
    form.append('anything', new Blob([bodyOf(bytes)]), 'Maus ä.avi');
    expect(await (await send(form)).json()).toMatchObject({ sha256: sha256Of(bytes), file_name: 'Maus ä.avi' });
    const two = new FormData();
    for (const name of ['a', 'b']) two.append(name, new Blob([name]), name);
    expect(await (await send(two)).json()).toMatchObject({ code: 400, detail: 'The form has more than one file.' });
    const none = new FormData();
    none.append('file', 'a text');
    expect((await send(none)).status).toBe(400);
  });

  it('has its name from Content-Disposition in any of the ways of RFC 6266', async () => {
    const named = async (disposition: string) =>
      (await upload(randomBytes(9), { 'Content-Disposition': disposition })).file_name;
    expect(await named(`attachment; filename="_.avi"; filename*=UTF-8''m%C3%A4use%201.avi`)).toBe('mäuse 1.avi');
    expect(await named('attachment; filename="a \\"b\\".avi"')).toBe('a "b".avi');
    expect(await named('attachment; filename=plain.avi')).toBe('plain.avi');
    expect(await named(`attachment; filename="b.avi"; filename*=UTF-8''%E4`)).toBe('b.avi');
    expect(await named('inline')).toBe(null);
  });

  it('is refused when it is empty', async () => {
    const response = await send(new Uint8Array(0));
    expect(response.status).toBe(400);
  });

  it('is stored once for the same content, also when several come at the same time', async () => {
    const before = await count(blobs);
    const files = Array.from({ length: 4 }, () => randomBytes(5_000_000));
    const resources = await Promise.all([...files, files[0]!].map(bytes => upload(bytes)));
    expect(resources.map(({ sha256 }) => sha256)).toEqual([...files, files[0]!].map(sha256Of));
    expect(resources[4]!.blob_id).toBe(resources[0]!.blob_id);
    expect(resources[4]!.upload_id).not.toBe(resources[0]!.upload_id);
    expect(await count(blobs)).toBe(before + 4);
  });

  it('is refused by its Content-Length alone, and at the limit when it has none', async () => {
    const before = await count(blobs);
    const { answer, break: breakOff } = await hangingRequest(`${api.url}/api/uploads`, {
      ...{ method: 'POST', headers: {}, bytes: randomBytes(10), announced: MOST_BYTES + 1 },
    });
    expect(await answer).toBe(413);
    breakOff();
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(500_000));
      },
    });
    expect(await (await send(body)).json()).toMatchObject({
      code: 413,
      detail: `The file is larger than ${MOST_BYTES} bytes.`,
    });
    expect(await count(blobs)).toBe(before);
  });

  it('leaves nothing behind when the connection breaks', async () => {
    const before = await count(blobs);
    const sending = await hangingRequest(`${api.url}/api/uploads`, {
      ...{ method: 'POST', headers: {}, bytes: randomBytes(900_000), announced: 1_000_000 },
    });
    await until(
      () => count(blobs),
      blobsNow => blobsNow === before + 1,
    );
    sending.break();
    await until(
      () => count(blobs),
      blobsNow => blobsNow === before,
    );
    expect(await count(uploads)).toBe(
      (await database.client.db.select().from(uploads)).filter(row => row.completedAt).length,
    );
  });

  it('sent twice with an Idempotency-Key is one upload; with another content the key is refused', async () => {
    const bytes = randomBytes(1000);
    const key = { 'Idempotency-Key': 'k1' };
    const first = await upload(bytes, key);
    const again = await send(bodyOf(bytes), key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(first);
    const before = await count(blobs);
    const other = await send(randomBytes(1000), key);
    expect([other.status, (await other.json()).error]).toEqual([409, 'idempotency_key_reused']);
    expect(await count(blobs)).toBe(before);
  });
});

describe('an upload that is let go', () => {
  it('takes its blob along unless something uses it', async () => {
    const [used, unused] = [await upload(randomBytes(100)), await upload(randomBytes(100))];
    await database.client.db.insert(datasetChecks).values({ datasetBlob: used.blob_id! });
    for (const { upload_id: id } of [used, unused]) {
      expect((await fetch(`${api.url}/api/uploads/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect((await api.get(`/api/uploads/${id}`)).status).toBe(404);
    }
    const left = await database.client.db.select().from(blobs).where(eq(blobs.id, used.blob_id!));
    expect(left).toHaveLength(1);
    expect(await database.client.db.$count(blobs, eq(blobs.id, unused.blob_id!))).toBe(0);
    expect((await fetch(`${api.url}/api/uploads/nothing`, { method: 'DELETE' })).status).toBe(404);
  });

  it('goes when its time is over, and until then its blob is spared', async () => {
    const { db } = database.client;
    const { upload_id: id, blob_id: blobId } = await upload(randomBytes(100));
    const open = await begin(api, 100);
    await patch(open, 0, randomBytes(50));
    await db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` });
    await collectBlobs(db, 3600);
    const mine = () => db.$count(blobs, eq(blobs.id, blobId!));
    expect(await mine()).toBe(1);
    await db.update(uploads).set({ expiresAt: sql`now() - interval '1 second'` });
    const gone = await api.get(`/api/uploads/${id}`);
    expect([gone.status, (await gone.json()).error]).toEqual([410, 'upload_expired']);
    expect(await deleteExpiredUploads(db)).toBeGreaterThanOrEqual(2);
    expect(await count(uploads)).toBe(0);
    expect(await db.$count(blobs, sql`sha256 is null`)).toBe(0);
    await collectBlobs(db, 3600);
    expect(await mine()).toBe(0);
  });
});
