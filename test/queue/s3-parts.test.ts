/** Blobs that are objects of several parts: what counts of them, what may get lost on the way, and downloads that break off. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { loadBlob, storeBlob } from '../../src/blobs/blob-store.ts';
import { S3Bucket } from '../../src/blobs/s3-bucket.ts';
import { blobChunks, blobParts, blobs } from '../../src/db/schema-bytes.ts';
import type { Mishap } from '../support/bad-line.ts';
import { bucketStore, PART_BYTES, readPart, sweepAll } from '../support/blob-stores.ts';
import { useDatabase } from '../support/database.ts';
import { useBucket } from '../support/s3-server.ts';
import { sha256Of } from '../support/uploads.ts';

const database = useDatabase();
const bucket = useBucket();
const store = () => bucketStore(database, bucket);
/** Two parts and a rest. */
const bytes = randomBytes(2 * PART_BYTES + 700_000);
const count = (table: typeof blobChunks | typeof blobParts) => database.client.db.$count(table);
const rowOf = async (id: string) => (await database.client.db.select().from(blobs).where(eq(blobs.id, id)))[0]!;
const fiveTimes = (to: RegExp, mishap: Mishap) => Array.from({ length: 5 }, (): [RegExp, Mishap] => [to, mishap]);

describe('a blob of several parts', () => {
  it('of 20 MB is one object, of which two parts at a time are held and sent, and any part can be read', async () => {
    const large = Buffer.concat([bytes, bytes]).subarray(0, 20_000_000);
    bucket.line.next();
    const { id, sha256, sizeBytes } = await storeBlob(store(), large);
    expect([sha256, sizeBytes]).toEqual([sha256Of(large), 20_000_000]);
    const seen = bucket.line.seen.map(told => told.replace(/uploadId=.*/, ''));
    expect([seen[0], seen.at(-1)]).toEqual(['POST ?uploads=', 'POST ?']);
    // Two are under way at a time, and either may arrive first.
    expect(seen.slice(1, -1).sort()).toEqual([1, 2, 3, 4].map(part => `PUT ?partNumber=${part}&`));
    expect(bucket.line.mostAtOnce).toBe(2);
    expect(await rowOf(id)).toMatchObject({ objectKey: `lab 1/${id}`, multipartId: null });
    expect(await Promise.all([count(blobChunks), count(blobParts)])).toEqual([0, 0]);
    for (const [first, last] of [
      [0, 0],
      [PART_BYTES - 2, PART_BYTES + 1],
      [19_999_999, 30_000_000],
      [20_000_000, 20_000_001],
    ] as const)
      expect(Buffer.compare(await readPart(store(), id, first, last), large.subarray(first, last + 1))).toBe(0);
    await sweepAll(database, bucket);
  });

  it('goes on in another process wherever it stopped, and is hashed from the bucket', async () => {
    const stops = [0, 10, PART_BYTES - 1, PART_BYTES, PART_BYTES + 300_000, 2 * PART_BYTES + 1, bytes.length];
    const first = await store().create();
    await first.suspend();
    for (const [at, stop] of stops.slice(1).entries()) {
      const writer = await store().resume(first.id, at % 2 ? 'as-it-comes' : 'at-the-end');
      expect(writer.sizeBytes).toBe(stops[at]);
      await writer.write(bytes.subarray(stops[at], stop));
      await writer.suspend();
      const tailBytes = (await database.client.db.select().from(blobChunks)).reduce(
        (n, row) => n + row.bytes.length,
        0,
      );
      expect([await count(blobParts), tailBytes]).toEqual([Math.floor(stop / PART_BYTES), stop % PART_BYTES]);
    }
    const sealed = await (await store().resume(first.id, 'as-it-comes')).seal();
    expect(sealed).toEqual({ id: first.id, sha256: sha256Of(bytes), sizeBytes: bytes.length });
    expect(sha256Of(await loadBlob(store(), sealed.id))).toBe(sealed.sha256);
    await sweepAll(database, bucket);
  });

  it('has parts sent again after a writer that reverted', async () => {
    const writer = await store().create();
    await writer.write(bytes.subarray(0, 100));
    await writer.suspend();
    const reverting = await store().resume(writer.id, 'at-the-end');
    await reverting.write(randomBytes(PART_BYTES + 10));
    await reverting.revert();
    const again = await store().resume(writer.id, 'at-the-end');
    expect(again.sizeBytes).toBe(100);
    await again.write(bytes.subarray(100));
    expect((await again.seal()).sha256).toBe(sha256Of(bytes));
    expect(sha256Of(await loadBlob(store(), writer.id))).toBe(sha256Of(bytes));
    await sweepAll(database, bucket);
  });

  it('can be sealed again by another process when the first ended after S3 had put it together', async () => {
    const writer = await store().create();
    await writer.write(bytes);
    await writer.suspend();
    bucket.line.next(...fiveTimes(/^POST \?uploadId/, 'lost-answer'));
    const ending = await store().resume(writer.id, 'as-it-comes');
    await expect(ending.seal()).rejects.toMatchObject({ code: 'storage_unavailable' });
    bucket.line.next();
    const sealed = await (await store().resume(writer.id, 'as-it-comes')).seal();
    expect(sealed.sha256).toBe(sha256Of(bytes));
    await sweepAll(database, bucket);
  });
});

describe('an upload whose parts are not whole any more', () => {
  it('has to be sent again: one is another than was acknowledged, or the bucket has thrown them away', async () => {
    for (const spoil of [
      async () => void (await database.client.db.update(blobParts).set({ etag: `"${'0'.repeat(32)}"` })),
      (key: string, id: string) => new S3Bucket(bucket.settings).delete(key, id),
    ]) {
      const writer = await store().create();
      await writer.write(bytes);
      await writer.suspend();
      const { objectKey, multipartId } = await rowOf(writer.id);
      await spoil(objectKey!, multipartId!);
      const again = await store().resume(writer.id, 'as-it-comes');
      await expect(again.seal()).rejects.toMatchObject({ code: 'upload_expired', remedy: 'Send the file again.' });
      expect((await rowOf(writer.id)).sha256).toBeNull();
      await sweepAll(database, bucket);
    }
  });
});

describe('over a bad line', () => {
  it('requests are said again after 503, a broken request and a lost answer', async () => {
    bucket.line.next(
      [/^PUT \?partNumber=1/, 'busy'],
      [/^PUT \?partNumber=1/, 'busy'],
      [/^PUT \?partNumber=2/, 'cut-request'],
      [/^POST \?uploadId/, 'lost-answer'],
    );
    const { id } = await storeBlob(store(), bytes);
    expect(bucket.line.seen.length).toBe(5 + 4);
    expect(sha256Of(await loadBlob(store(), id))).toBe(sha256Of(bytes));
  });

  it('a download goes on where it broke off', async () => {
    const { id } = await storeBlob(store(), bytes);
    bucket.line.next([/^GET/, 'cut-answer'], [/^GET/, 'busy'], [/^GET/, 'cut-answer']);
    expect(sha256Of(await loadBlob(store(), id))).toBe(sha256Of(bytes));
    expect(bucket.line.seen.length).toBe(4);
    bucket.line.next(...fiveTimes(/^GET/, 'busy'));
    await expect(loadBlob(store(), id)).rejects.toMatchObject({
      message: expect.stringMatching(/did not do GET lab 1\/[\w-]+: 503 SlowDown: Reduce your "rate"\.$/),
    });
    bucket.line.next();
    await sweepAll(database, bucket);
  });
});
