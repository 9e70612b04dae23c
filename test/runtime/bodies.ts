/** Bodies with a file: base64 in JSON, a form, the bare file, and one larger than the memory it may take. */
import { createHash, randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { models } from '../../src/db/schema.ts';
import { config, json, sevenZipLike } from '../support/training-request.ts';
import { largeTrainingForm } from './large-file.ts';
import { watchMemory } from './process-memory.ts';
import type { Suite } from './world.ts';

/** `npm run test:runtimes` sends 300. */
const LARGE_MB = Number(process.env.RUNTIME_UPLOAD_MB ?? 64);
const MOST_EXTRA_BYTES = 200e6;

export function testBodies({ server, database, column, world }: Suite): void {
  const storedDataset = async (uid: string) => {
    const { db, sql } = database.client;
    const [model] = await db.select().from(models).where(eq(models.uid, uid));
    const [blob] = await sql`select sha256, size_bytes::int8 as size from blobs where id = ${model!.datasetBlob}`;
    return { sha256: blob!.sha256, sizeBytes: Number(blob!.size) };
  };
  const expected = (bytes: Uint8Array) => ({
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
  });

  it('base64 in JSON, over several chunks of a blob, arrives byte for byte', async () => {
    const file = Buffer.concat([sevenZipLike(700_000, 0), randomBytes(700_000)]);
    const { status, body } = await json(
      server.post('/api/train-network', { training_dataset: file.toString('base64'), training_config: config }),
    );
    expect(status).toBe(200);
    expect(await storedDataset(body.model_uid)).toEqual(expected(file));
  });

  it('a form arrives byte for byte, its fields as numbers and texts', async () => {
    const file = sevenZipLike(100_000);
    const form = new FormData();
    for (const [name, value] of Object.entries(config)) form.set(name, String(value));
    form.set('dataset', new File([new Uint8Array(file)], 'mice.7z'));
    const { status, body } = await json(server.get('/api/train-network', { method: 'POST', body: form }));
    expect([status, body]).toEqual([200, expect.objectContaining({ model_uid: expect.any(String) })]);
    expect(await storedDataset(body.model_uid)).toEqual(expected(file));
    expect((await json(server.get(`/api/model-info?model_uid=${body.model_uid}`))).body).toMatchObject(config);
  });

  it('a bare file of an unknown kind is refused with a sentence', async () => {
    const { status, body } = await json(
      server.get('/api/models', { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: 'a,b' }),
    );
    expect([status, body.error]).toEqual([415, 'unsupported_media_type']);
    expect(body.remedy).toContain('application/zip');
  });

  it(
    `a form of ${LARGE_MB} MB streams into the database in bounded memory`,
    async () => {
      await world().queued(); // whatever is loaded at the first request of this kind
      const sizeBytes = LARGE_MB * 1e6;
      const form = largeTrainingForm(sizeBytes);
      const extra = watchMemory(server.pid);
      const begun = performance.now();
      const response = await server.get('/api/train-network', {
        method: 'POST',
        headers: { 'Content-Type': form.contentType },
        body: form.body,
        duplex: 'half',
      } as RequestInit);
      const { model_uid: uid, ...more } = await response.json();
      const seconds = (performance.now() - begun) / 1000;
      const extraBytes = extra();
      column['upload of a form'] = { status: response.status, sizeBytes, seconds, extraBytes };
      expect(response.status, JSON.stringify(more)).toBe(200);
      expect(await storedDataset(uid)).toEqual({ sha256: form.sha256(), sizeBytes });
      expect(extraBytes).toBeLessThan(MOST_EXTRA_BYTES);
    },
    60_000 + 1000 * LARGE_MB,
  );
}
