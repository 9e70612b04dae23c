import { createHash, randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBlob, storeBlob } from '../../src/blobs/blob-store.ts';
import { collectBlobs, dropBlob } from '../../src/blobs/collect.ts';
import type { ByteRange } from '../../src/contract/byte-range.ts';
import { models } from '../../src/db/schema.ts';
import { blobChunks, blobs } from '../../src/db/schema-bytes.ts';
import { describeStores } from '../support/blob-stores.ts';
import { useDatabase } from '../support/database.ts';
import { useBucket } from '../support/s3-server.ts';

const database = useDatabase();
const bucket = useBucket();
const count = async (table: typeof blobs | typeof blobChunks) => database.client.db.$count(table);

describeStores(database, bucket, (store, kind) => {
  it('gives back what was written, whatever the sizes of the pieces', async () => {
    for (const size of [0, 1, 999_999, 1_000_000, 1_000_001, 3_500_000]) {
      const bytes = randomBytes(size);
      async function* pieces() {
        for (let at = 0; at < size; ) {
          const n = 1 + Math.floor(Math.random() * 700_000);
          yield bytes.subarray(at, at + n);
          at += n;
        }
      }
      const blob = await storeBlob(store(), pieces());
      expect(blob).toMatchObject({ sizeBytes: size, sha256: createHash('sha256').update(bytes).digest('hex') });
      expect(Buffer.compare(await loadBlob(store(), blob.id), bytes)).toBe(0);
    }
  });

  describe('a part of a blob', () => {
    const bytes = randomBytes(700_001);
    const part = async (id: string, range: ByteRange) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of store().read(id, range)) pieces.push(piece);
      return Buffer.concat(pieces);
    };

    it('is what a slice would be, wherever it begins and ends', async () => {
      const { id } = await storeBlob(store(), bytes);
      const near = fc.constantFrom(0, 1, 249_999, 250_000, 250_001, 499_999, 500_000, 700_000, 700_001, 900_000);
      await fc.assert(
        fc.asyncProperty(fc.oneof(near, fc.nat(750_000)), fc.oneof(near, fc.nat(750_000)), async (first, last) => {
          expect(Buffer.compare(await part(id, { first, last }), bytes.subarray(first, last + 1))).toBe(0);
        }),
        { numRuns: 60 },
      );
      await database.client.db.delete(models);
      await database.client.db.delete(blobs);
    });

    // A bucket sends what it is asked for.
    if (kind === 'postgres')
      it('is read without what lies before it and behind it', async () => {
        const { id } = await storeBlob(store(), bytes);
        await database.client.sql`delete from blob_chunks where blob_id = ${id} and seq <> 1`;
        const range = { first: 250_000, last: 499_999 };
        expect(Buffer.compare(await part(id, range), bytes.subarray(250_000, 500_000))).toBe(0);
        await expect(part(id, { first: 0, last: 9 })).rejects.toThrow('lost its chunk 0');
      });
  });

  it('stores the same content once, even when two write it at the same time', async () => {
    const bytes = randomBytes(2_500_000);
    const before = await count(blobs);
    const ids = await Promise.all([1, 2, 3].map(async () => (await storeBlob(store(), bytes)).id));
    expect(new Set(ids).size).toBe(1);
    expect(await count(blobs)).toBe(before + 1);
  });

  it('leaves nothing behind when the source breaks off', async () => {
    const before = await count(blobChunks);
    async function* broken() {
      yield randomBytes(2_200_000);
      throw new Error('the line went dead');
    }
    await expect(storeBlob(store(), broken())).rejects.toThrow('the line went dead');
    expect(await count(blobChunks)).toBe(before);
  });

  it('does not serve a blob that was never sealed, nor one that does not exist', async () => {
    const writer = await store().create();
    await writer.write(randomBytes(10));
    const [open] = await database.client.db.select().from(blobs).where(sql`sha256 is null`);
    const missing = expect.objectContaining({ code: 'not_found' });
    await expect(loadBlob(store(), open!.id)).rejects.toEqual(missing);
    await writer.abort();
    await expect(loadBlob(store(), open!.id)).rejects.toEqual(missing);
  });

  it('the collector deletes old blobs that nothing refers to and spares the others', async () => {
    const { db } = database.client;
    await db.delete(models);
    await db.delete(blobs);
    const [used, unused, fresh] = await Promise.all([1, 2, 3].map(() => storeBlob(store(), randomBytes(100))));
    await db.insert(models).values({ trainingConfig: {}, seed: 1, datasetBlob: used!.id });
    await db.update(blobs).set({ touchedAt: sql`now() - interval '2 hours'` }).where(sql`id <> ${fresh!.id}`);
    expect(await collectBlobs(db, 3600)).toBe(1);
    const left = (await db.select({ id: blobs.id }).from(blobs)).map(row => row.id);
    expect(left.toSorted()).toEqual([used!.id, fresh!.id].toSorted());
    expect(left).not.toContain(unused!.id);
  });

  it('dropping a blob spares it when somebody else was handed the same content', async () => {
    const { db } = database.client;
    const bytes = randomBytes(64);
    const mine = await storeBlob(store(), bytes);
    await new Promise(resolve => setTimeout(resolve, 5));
    await storeBlob(store(), bytes);
    await dropBlob(db, mine.id);
    expect(await db.$count(blobs, eq(blobs.id, mine.id))).toBe(1);
    const alone = await storeBlob(store(), randomBytes(64));
    await dropBlob(db, alone.id);
    expect(await db.$count(blobs, eq(blobs.id, alone.id))).toBe(0);
  });
});
