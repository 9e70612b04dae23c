/** Uploads by the tus protocol whose connection breaks, whose process changes, and to which two send at once. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { UploadResource } from '../../src/contract/upload.ts';
import { blobs, uploads } from '../../src/db/schema-bytes.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { begin, hangingPatch, offsetOf, patch, sha256Of, storedOf, tus, until } from '../support/uploads.ts';

const database = useDatabase();
const api = useApi(database);
/** Another process with the same database: it knows nothing of what the first one has in memory. */
let other: RunningApi;
beforeAll(async () => {
  other = await serveApi(readConfig({ PORT: '0' }), database.url);
});
afterAll(() => other.close());

const idOf = (url: string) => url.split('/').pop()!;
const resourceOf = async (url: string): Promise<UploadResource> => (await fetch(url)).json();
const atOther = (url: string) => url.replace(api.url, other.url);
const errorOf = async (response: Response) => [response.status, (await response.json()).error];

describe('what has arrived', () => {
  const bytes = randomBytes(1_300_000);

  it('stays when the connection breaks, to the byte', async () => {
    const url = await begin(api, bytes.length);
    const sending = await hangingPatch(url, 0, bytes.subarray(0, 777_777), bytes.length);
    await storedOf(database, url, 750_000);
    sending.break();
    await until(
      async () => (await resourceOf(url)).received_bytes,
      received => received === 777_777,
    );
    expect(await offsetOf(url)).toBe(777_777);
    await patch(url, 777_777, bytes.subarray(777_777));
    expect(await resourceOf(url)).toMatchObject({ sha256: sha256Of(bytes) });
  });

  it('is the same in another process, which reads it again for the hash', async () => {
    const url = await begin(api, bytes.length);
    const cuts = [0, 200_000, 250_000, 260_000, 900_000, bytes.length];
    for (let i = 0; i + 1 < cuts.length; i++) {
      const answer = await patch(i % 2 ? atOther(url) : url, cuts[i]!, bytes.subarray(cuts[i], cuts[i + 1]));
      expect(answer.headers.get('upload-offset')).toBe(String(cuts[i + 1]));
    }
    expect(await resourceOf(url)).toMatchObject({ state: 'complete', sha256: sha256Of(bytes) });
  });

  it('is the same however it is cut, checked, broken off and sent from where', async () => {
    const step = fc.record({
      size: fc.oneof(fc.constantFrom(1, 249_999, 250_000, 250_001), fc.integer({ min: 0, max: 600_000 })),
      how: fc.constantFrom('plain', 'checked', 'wrong', 'broken', 'elsewhere'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 900_000 }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (size, steps) => {
          const file = bytes.subarray(0, size);
          const url = await begin(api, size);
          for (const { size: pieceBytes, how } of [...steps, { size, how: 'plain' }]) {
            const at = await offsetOf(url);
            const piece = file.subarray(at, at + pieceBytes);
            const checksum = { 'Upload-Checksum': `md5 ${createHash('md5').update(piece).digest('base64')}` };
            if (how === 'wrong' && piece.length > 0) await patch(url, at, randomBytes(piece.length), checksum);
            else if (how === 'broken' && at < size) {
              const sending = await hangingPatch(url, at, piece, Math.min(piece.length + 1, size - at));
              await sleep(5);
              sending.break();
            } else await patch(how === 'elsewhere' ? atOther(url) : url, at, piece, how === 'checked' ? checksum : {});
          }
          expect((await resourceOf(url)).sha256).toBe(sha256Of(file));
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('two requests for one upload', () => {
  const bytes = randomBytes(1_000_000);

  it('the newer goes on, and the older one ends at once with what it had received', async () => {
    const url = await begin(api, bytes.length);
    const older = await hangingPatch(url, 0, bytes.subarray(0, 600_000), bytes.length);
    await storedOf(database, url, 500_000);
    const begun = Date.now();
    const offset = await offsetOf(url);
    expect(offset).toBe(600_000);
    expect((await patch(url, offset, bytes.subarray(offset))).status).toBe(204);
    // A client that is silent is given up after 60 s.
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(await older.answer).toBe(423);
    expect(await resourceOf(url)).toMatchObject({ sha256: sha256Of(bytes) });
  });

  it('also when they are of different processes: the older one ends with its next byte', async () => {
    const url = await begin(api, bytes.length);
    const older = await hangingPatch(url, 0, bytes.subarray(0, 600_000), bytes.length);
    await storedOf(database, url, 500_000);
    const offset = await offsetOf(atOther(url));
    expect((await patch(atOther(url), offset, bytes.subarray(offset, 900_000))).status).toBe(204);
    older.break();
    await sleep(50);
    expect(await offsetOf(url)).toBe(900_000);
    await patch(url, 900_000, bytes.subarray(900_000));
    expect(await resourceOf(url)).toMatchObject({ sha256: sha256Of(bytes) });
  });

  it('of any number that begin at the same byte, one file comes out', async () => {
    const url = await begin(api, bytes.length);
    const answers = await Promise.all(
      [url, atOther(url), url, atOther(url)].map(async address => (await patch(address, 0, bytes)).status),
    );
    for (const status of answers) expect([204, 409, 423]).toContain(status);
    const at = await offsetOf(url);
    if (at < bytes.length) await patch(url, at, bytes.subarray(at));
    expect(await resourceOf(url)).toMatchObject({ state: 'complete', sha256: sha256Of(bytes) });
  });
});

describe('the end of an upload', () => {
  it('that is deleted ends who is sending to it, and takes its bytes along', async () => {
    const url = await begin(api, 1_000_000);
    const sending = await hangingPatch(url, 0, randomBytes(600_000), 1_000_000);
    const blobId = await storedOf(database, url, 500_000);
    expect((await tus(url, 'DELETE')).status).toBe(204);
    expect(await sending.answer).toBe(423);
    expect(await database.client.db.$count(blobs, eq(blobs.id, blobId))).toBe(0);
    expect((await tus(url, 'HEAD')).status).toBe(404);
  });

  it('that has expired is told apart, and each piece puts it off', async () => {
    const url = await begin(api, 100);
    const { db } = database.client;
    await db
      .update(uploads)
      .set({ expiresAt: sql`now() + interval '1 minute'` })
      .where(eq(uploads.id, idOf(url)));
    await patch(url, 0, randomBytes(10));
    expect(Date.parse((await resourceOf(url)).expires_at)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    await db
      .update(uploads)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(uploads.id, idOf(url)));
    expect(await errorOf(await patch(url, 10, randomBytes(10)))).toEqual([410, 'upload_expired']);
    const head = await tus(url, 'HEAD');
    expect([head.status, head.headers.get('upload-offset')]).toEqual([410, null]);
  });

  it('that was not sealed because the process died is made up for by whoever asks', async () => {
    const bytes = randomBytes(300_000);
    const url = await begin(api, bytes.length + 1);
    await patch(url, 0, bytes);
    await database.client.db
      .update(uploads)
      .set({ lengthBytes: bytes.length })
      .where(eq(uploads.id, idOf(url)));
    expect(await offsetOf(atOther(url))).toBe(bytes.length);
    expect(await resourceOf(url)).toMatchObject({ state: 'complete', sha256: sha256Of(bytes) });
  });
});
