/** Blobs that are written in several goes: what counts, who may write, and what is left of a writer that did not end well. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { loadBlob } from '../../src/blobs/blob-store.ts';
import { blobChunks, blobs } from '../../src/db/schema-bytes.ts';
import { describeStores, PART_BYTES } from '../support/blob-stores.ts';
import { useDatabase } from '../support/database.ts';
import { useBucket } from '../support/s3-server.ts';
import { sha256Of, until } from '../support/uploads.ts';

const database = useDatabase();
const bucket = useBucket();
const bytes = randomBytes(1_100_000);
const busy = expect.objectContaining({ code: 'upload_is_busy' });
const missing = expect.objectContaining({ code: 'not_found' });

describeStores(database, bucket, (store, kind) => {
  /** An open blob that has the first bytes of the file. */
  async function opened(sizeBytes: number): Promise<string> {
    const writer = await store().create();
    await writer.write(bytes.subarray(0, sizeBytes));
    await writer.suspend();
    return writer.id;
  }

  it('goes on where it ended, in the same process or another, and has the hash of the whole', async () => {
    const one = store();
    for (const next of [() => one, store]) {
      const writer = await one.create();
      const { id } = writer;
      await writer.write(bytes.subarray(0, 300_000));
      await writer.suspend();
      for (const [from, to] of [
        [300_000, 300_001],
        [300_001, 500_000],
        [500_000, 500_000],
      ] as const) {
        const going = await next().resume(id, 'as-it-comes');
        expect(going.sizeBytes).toBe(from);
        await going.write(bytes.subarray(from, to));
        await going.suspend();
      }
      const last = await next().resume(id, 'at-the-end');
      await last.write(bytes.subarray(500_000));
      const sealed = await last.seal();
      expect(sealed).toEqual({ id, sha256: sha256Of(bytes), sizeBytes: bytes.length });
      expect(sha256Of(await loadBlob(store(), id))).toBe(sealed.sha256);
      await expect(store().resume(id, 'as-it-comes')).rejects.toEqual(missing);
      await database.client.db.delete(blobs);
    }
  });

  it('is sealed by a writer that wrote nothing', async () => {
    const id = await opened(260_000);
    expect(await (await store().resume(id, 'as-it-comes')).seal()).toMatchObject({
      sizeBytes: 260_000,
      sha256: sha256Of(bytes.subarray(0, 260_000)),
    });
  });

  it('belongs to the newest writer: the one before can neither write, suspend, seal nor abort', async () => {
    const id = await opened(100);
    const older = await store().resume(id, 'as-it-comes');
    const newer = await store().resume(id, 'as-it-comes');
    await expect(older.write(randomBytes(600_000)).then(() => older.suspend())).rejects.toEqual(busy);
    await expect(older.seal()).rejects.toEqual(busy);
    await older.abort();
    await newer.write(bytes.subarray(100));
    expect(await newer.seal()).toMatchObject({ sha256: sha256Of(bytes) });
    await database.client.db.delete(blobs);
  });

  it('counts nothing of a writer at the end that reverts, wherever it had begun', async () => {
    for (const begin of [0, 100, 250_000, 400_000]) {
      const one = store();
      const id = await opened(begin);
      const writer = await one.resume(id, 'at-the-end');
      await writer.write(randomBytes(600_000));
      await writer.revert();
      const again = await one.resume(id, 'as-it-comes');
      expect(again.sizeBytes).toBe(begin);
      await again.write(bytes.subarray(begin));
      const sealed = await again.seal();
      expect(sealed.sha256).toBe(sha256Of(bytes));
      expect(sha256Of(await loadBlob(store(), sealed.id))).toBe(sealed.sha256);
      await database.client.db.delete(blobs);
    }
  });

  it('keeps from time to time what a writer as it comes has written, whose process then dies', async () => {
    const id = await opened(0);
    const writer = await store().resume(id, 'as-it-comes');
    const large = randomBytes(9_000_000);
    await writer.write(large);
    // Nobody ends it. What counts is full rows or parts from the beginning on.
    const counted = async () => (await database.client.db.select().from(blobs).where(eq(blobs.id, id)))[0]!.sizeBytes;
    await until(counted, sizeBytes => sizeBytes > 0);
    const { sizeBytes } = await store().resume(id, 'as-it-comes');
    expect(sizeBytes).toBeGreaterThanOrEqual(kind === 's3' ? PART_BYTES : 250_000);
    expect(sizeBytes).toBeLessThanOrEqual(9_000_000);
    expect(sizeBytes % (kind === 's3' ? PART_BYTES : 250_000)).toBe(0);
    const rows = await database.client.db.$count(blobChunks, eq(blobChunks.blobId, id));
    expect(rows).toBe(kind === 's3' ? 0 : sizeBytes / 250_000);
  });

  it('is gone after abort, with its rows', async () => {
    const id = await opened(600_000);
    await (await store().resume(id, 'as-it-comes')).abort();
    expect(await database.client.db.$count(blobChunks, eq(blobChunks.blobId, id))).toBe(0);
    await expect(store().resume(id, 'as-it-comes')).rejects.toEqual(missing);
  });
});
