/** What a bucket holds: what is left of deleted blobs, addresses of others, and a bucket that is not the service's only store. */
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { loadBlob, storeBlob } from '../../src/blobs/blob-store.ts';
import { collectBlobs } from '../../src/blobs/collect.ts';
import { openBlobStore } from '../../src/blobs/open-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { S3BlobStore } from '../../src/blobs/s3-store.ts';
import { readConfig } from '../../src/config.ts';
import { blobs, staleObjects } from '../../src/db/schema-bytes.ts';
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
const countStale = () => database.client.db.$count(staleObjects);
const rowOf = async (id: string) => (await database.client.db.select().from(blobs).where(eq(blobs.id, id)))[0]!;
const download = {
  seconds: 60,
  type: 'video/mp4',
  disposition: `inline; filename="m.mp4"; filename*=UTF-8''m%C3%A4.mp4`,
};

const fiveTimes = (to: RegExp, mishap: Mishap) => Array.from({ length: 5 }, (): [RegExp, Mishap] => [to, mishap]);

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
    expect(await countStale()).toBe(3);
    // Not before the time is over; and two processes may do it at once.
    expect(await store().sweep(60)).toBe(0);
    await Promise.all([store().sweep(0), store().sweep(0)]);
    expect(await countStale()).toBe(0);
    expect(await bucket.keys()).toEqual([`lab 1/${same[0]!.id}`]);
    expect(await bucket.openUploads()).toEqual([`lab 1/${open.id}`]);
    await sweepAll(database, bucket);
    expect([await bucket.keys(), await bucket.openUploads()]).toEqual([[], []]);
  });

  it('is swept by the next sweep when the one before ended in between', async () => {
    await storeBlob(store(), randomBytes(1000));
    await database.client.db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` });
    await collectBlobs(database.client.db, 3600);
    bucket.line.next(...fiveTimes(/^DELETE/, 'lost-answer'));
    await expect(store().sweep(0)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect([(await bucket.keys()).length, await countStale()]).toEqual([0, 1]);
    bucket.line.next();
    expect(await store().sweep(0)).toBe(1);
    expect(await countStale()).toBe(0);
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
    await sweepAll(database, bucket);
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
      expect(await readPart(later(), id, 249_999, 250_000)).toEqual(bytes.subarray(249_999, 250_001));
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
      await sweepAll(database, bucket);
    }
  });

  it('says that the variables of the bucket are missing', async () => {
    const { id } = await storeBlob(opened(bucket.environment), randomBytes(1000));
    await expect(loadBlob(opened({}), id)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: `Blob ${id} lies in an S3 bucket, and this process does not know which.`,
    });
    await sweepAll(database, bucket);
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
