/** What only a bucket can do to a blob: parts, lost lines, objects that outlive their rows, and addresses. */
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { type BlobStore, loadBlob, storeBlob } from '../../src/blobs/blob-store.ts';
import { collectBlobs } from '../../src/blobs/collect.ts';
import { openBlobStore } from '../../src/blobs/open-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { S3Bucket } from '../../src/blobs/s3-bucket.ts';
import { S3BlobStore } from '../../src/blobs/s3-store.ts';
import { readConfig } from '../../src/config.ts';
import { blobChunks, blobParts, blobs, staleObjects } from '../../src/db/schema-bytes.ts';
import type { Mishap } from '../support/bad-line.ts';
import { bucketStore, PART_BYTES } from '../support/blob-stores.ts';
import { useDatabase } from '../support/database.ts';
import { useBucket } from '../support/s3-server.ts';
import { sha256Of } from '../support/uploads.ts';

const database = useDatabase();
const bucket = useBucket();
const store = () => bucketStore(database, bucket);
/** Two parts and a rest. */
const bytes = randomBytes(2 * PART_BYTES + 700_000);
const count = (table: typeof blobChunks | typeof blobParts | typeof staleObjects) => database.client.db.$count(table);
const rowOf = async (id: string) => (await database.client.db.select().from(blobs).where(eq(blobs.id, id)))[0]!;
const download = {
  seconds: 60,
  type: 'video/mp4',
  disposition: `inline; filename="m.mp4"; filename*=UTF-8''m%C3%A4.mp4`,
};

const fiveTimes = (to: RegExp, mishap: Mishap) => Array.from({ length: 5 }, (): [RegExp, Mishap] => [to, mishap]);

async function read(from: BlobStore, id: string, first: number, last: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of from.read(id, { first, last })) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Forgets all blobs as the service does, and what is left of them in the bucket. */
async function sweepAll(): Promise<void> {
  await database.client.db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` });
  await collectBlobs(database.client.db, 3600);
  while ((await store().sweep(0)) > 0);
}

describe('a blob of several parts', () => {
  it('of 20 MB is one object, of which two parts at a time are held and sent, and any part can be read', async () => {
    const large = Buffer.concat([bytes, bytes]).subarray(0, 20_000_000);
    bucket.line.next();
    const { id, sha256, sizeBytes } = await storeBlob(store(), large);
    expect([sha256, sizeBytes]).toEqual([sha256Of(large), 20_000_000]);
    expect(bucket.line.seen.map(told => told.replace(/uploadId=.*/, ''))).toEqual([
      ...[
        'POST ?uploads=',
        'PUT ?partNumber=1&',
        'PUT ?partNumber=2&',
        'PUT ?partNumber=3&',
        'PUT ?partNumber=4&',
        'POST ?',
      ],
    ]);
    expect(bucket.line.mostAtOnce).toBe(2);
    expect(await rowOf(id)).toMatchObject({ objectKey: `lab 1/${id}`, multipartId: null });
    expect(await Promise.all([count(blobChunks), count(blobParts)])).toEqual([0, 0]);
    for (const [first, last] of [
      [0, 0],
      [PART_BYTES - 2, PART_BYTES + 1],
      [19_999_999, 30_000_000],
      [20_000_000, 20_000_001],
    ] as const)
      expect(Buffer.compare(await read(store(), id, first, last), large.subarray(first, last + 1))).toBe(0);
    await sweepAll();
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
    await sweepAll();
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
    await sweepAll();
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
    await sweepAll();
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
      await sweepAll();
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
    await sweepAll();
  });
});

describe('what is left in the bucket', () => {
  it('is swept after the row is gone: objects, parts of broken uploads, and those of the second writer of the same', async () => {
    const [open, broken] = [await store().create(), await store().create()];
    await open.write(bytes);
    await open.suspend();
    await broken.write(bytes);
    await broken.abort();
    const small = randomBytes(2000);
    const same = await Promise.all([1, 2, 3].map(() => storeBlob(store(), small)));
    expect(new Set(same.map(({ id }) => id)).size).toBe(1);
    expect([(await bucket.keys()).length, (await bucket.openUploads()).length]).toEqual([3, 2]);
    expect(await count(staleObjects)).toBe(3);
    // Not before the time is over; and two processes may do it at once.
    expect(await store().sweep(60)).toBe(0);
    await Promise.all([store().sweep(0), store().sweep(0)]);
    expect(await count(staleObjects)).toBe(0);
    expect(await bucket.keys()).toEqual([`lab 1/${same[0]!.id}`]);
    expect(await bucket.openUploads()).toEqual([`lab 1/${open.id}`]);
    await sweepAll();
    expect([await bucket.keys(), await bucket.openUploads()]).toEqual([[], []]);
  });

  it('is swept by the next sweep when the one before ended in between', async () => {
    await storeBlob(store(), randomBytes(1000));
    await database.client.db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` });
    await collectBlobs(database.client.db, 3600);
    bucket.line.next(...fiveTimes(/^DELETE/, 'lost-answer'));
    await expect(store().sweep(0)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect([(await bucket.keys()).length, await count(staleObjects)]).toEqual([0, 1]);
    bucket.line.next();
    expect(await store().sweep(0)).toBe(1);
    expect(await count(staleObjects)).toBe(0);
  });
});

describe('an address of a blob', () => {
  it('serves it with a name and a type, whole and in part, and not for ever', async () => {
    const { id } = await storeBlob(store(), bytes);
    const address = (await store().presign(id, download))!;
    const whole = await fetch(address);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(whole.headers.get('content-disposition')).toBe(download.disposition);
    expect(sha256Of(new Uint8Array(await whole.arrayBuffer()))).toBe(sha256Of(bytes));
    const part = await fetch(address, { headers: { Range: 'bytes=5242870-5242889' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(5242870, 5242890));
    expect((await fetch(address.replace('video%2Fmp4', 'text%2Fhtml'))).status).toBe(403);
    expect(address).not.toContain(encodeURIComponent(bucket.settings.secretAccessKey));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 30_000 });
    const [lasting, over] = [60, 20].map(seconds => store().presign(id, { ...download, seconds }));
    await Promise.all([lasting, over]).finally(() => vi.useRealTimers());
    expect((await fetch((await lasting)!, { headers: { Range: 'bytes=0-9' } })).status).toBe(206);
    expect((await fetch((await over)!)).status).toBe(403);
    const settings = { ...bucket.settings, publicEndpoint: 'https://files.lab.example' };
    const elsewhere = new S3BlobStore(database.client.sql, settings, new PostgresBlobStore(database.client.sql));
    expect(await elsewhere.presign(id, download)).toMatch(/^https:\/\/files\.lab\.example\/blobs-\w+\/lab%201\//);
    await sweepAll();
  });
});

describe('a service whose store was changed', () => {
  const opened = (variables: Record<string, string>) => openBlobStore(readConfig(variables), database.client.sql);

  it('reads what lies in the other one and goes on with what was begun there, in both directions', async () => {
    const inBucket = () => opened(bucket.environment);
    const inDatabase = () => opened({ ...bucket.environment, BLOB_STORE: 'postgres' });
    for (const [earlier, later, kind] of [
      [inDatabase, inBucket, 'postgres'],
      [inBucket, inDatabase, 's3'],
    ] as const) {
      const { id } = await storeBlob(earlier(), bytes.subarray(0, 600_000));
      expect(await read(later(), id, 249_999, 250_000)).toEqual(bytes.subarray(249_999, 250_001));
      expect((await later().presign(id, download)) === null).toBe(kind === 'postgres');
      expect((await storeBlob(later(), bytes.subarray(0, 600_000))).id).toBe(id);
      const begun = await earlier().create();
      await begun.write(bytes.subarray(0, 9_000_000));
      await begun.suspend();
      const going = await later().resume(begun.id, 'as-it-comes');
      await going.write(bytes.subarray(9_000_000));
      expect(await going.seal()).toMatchObject({ sha256: sha256Of(bytes) });
      expect(sha256Of(await loadBlob(earlier(), begun.id))).toBe(sha256Of(bytes));
      expect((await rowOf(begun.id)).objectKey).toBe(begun.id);
      await sweepAll();
    }
  });

  it('says that the variables of the bucket are missing', async () => {
    const { id } = await storeBlob(opened(bucket.environment), randomBytes(1000));
    await expect(loadBlob(opened({}), id)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: `Blob ${id} lies in an S3 bucket, and this process does not know which.`,
    });
    await sweepAll();
  });
});

describe('a bucket that refuses', () => {
  const refused = async (settings: Partial<typeof bucket.settings>) => {
    const faulty = new S3BlobStore(
      database.client.sql,
      { ...bucket.settings, ...settings },
      new PostgresBlobStore(database.client.sql),
    );
    return storeBlob(faulty, randomBytes(100)).catch(error => error);
  };

  it('is said to with what S3 answered and what the operator can do, without the secret', async () => {
    const wrong = await refused({ secretAccessKey: 'not the secret' });
    expect(wrong).toMatchObject({
      code: 'storage_unavailable',
      remedy: expect.stringContaining('S3_SECRET_ACCESS_KEY'),
    });
    expect(wrong.message).toMatch(
      /^The bucket blobs-\w+ at 127\.0\.0\.1:\d+ did not do PUT [\w-]+: 403 SignatureDoesNotMatch: /,
    );
    expect(JSON.stringify([wrong.message, wrong.remedy])).not.toContain('not the secret');
    expect(await refused({ accessKeyId: 'nobody' })).toMatchObject({
      remedy: expect.stringContaining('S3_ACCESS_KEY_ID'),
    });
    const unknown = await refused({ bucket: 'no-such-bucket' });
    expect(unknown).toMatchObject({ remedy: expect.stringContaining('create the bucket') });
  });
});
