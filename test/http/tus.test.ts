/** The tus protocol 1.0.0, case by case as its text has them. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { UploadResource } from '../../src/contract/upload.ts';
import { blobs, uploads } from '../../src/db/schema-bytes.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { begin, hangingRequest, offsetOf, patch, sha256Of, storedBytes, storedOf, tus } from '../support/uploads.ts';

const database = useDatabase();
const MOST_BYTES = 3_000_000;
const api = useApi(database, { MAX_UPLOAD_BYTES: String(MOST_BYTES) });

const resourceOf = async (url: string): Promise<UploadResource> => (await fetch(url)).json();
const errorOf = async (response: Response) => [response.status, (await response.json()).error];

describe('core protocol', () => {
  it('tells what it can do', async () => {
    for (const path of ['/api/uploads', '/api/uploads/x']) {
      const { status, headers } = await fetch(api.url + path, { method: 'OPTIONS' });
      expect(status).toBe(204);
      expect(headers.get('tus-version')).toBe('1.0.0');
      expect(headers.get('tus-max-size')).toBe(String(MOST_BYTES));
      expect(headers.get('tus-extension')).toBe(
        'creation,creation-with-upload,creation-defer-length,termination,checksum,expiration',
      );
      expect(headers.get('tus-checksum-algorithm')!.split(',')).toEqual(['sha1', 'sha256', 'md5']);
    }
  });

  it('asked to begin twice with one Idempotency-Key, it begins once, and says how far the first one came', async () => {
    const create = (more: Record<string, string> = {}, body?: Uint8Array<ArrayBuffer>) =>
      tus(`${api.url}/api/uploads`, 'POST', { 'Upload-Length': '10', 'Idempotency-Key': 'begin', ...more }, body);
    const first = await create();
    const url = new URL(first.headers.get('location')!, api.url).href;
    await patch(url, 0, randomBytes(4));
    const again = await create({ 'Content-Type': 'application/offset+octet-stream' }, new Uint8Array(10));
    expect([again.status, again.headers.get('location')]).toEqual([201, first.headers.get('location')]);
    expect([again.headers.get('idempotency-replayed'), again.headers.get('upload-offset')]).toEqual(['true', '4']);
    expect(await errorOf(await create({ 'Upload-Length': '11' }))).toEqual([409, 'idempotency_key_reused']);
    await tus(url, 'DELETE');
  });

  it('receives a file in pieces, and the last one completes it', async () => {
    const bytes = randomBytes(700_000);
    const url = await begin(api, bytes.length, {
      'Upload-Metadata': `type dmlkZW8=,filename ${btoa('mouse.avi')},empty`,
    });
    expect(await resourceOf(url)).toMatchObject({
      state: 'receiving',
      blob_id: null,
      sha256: null,
      file_name: 'mouse.avi',
    });
    for (const [from, to] of [
      [0, 1],
      [1, 300_000],
      [300_000, 700_000],
    ] as const) {
      const answer = await patch(url, from, bytes.subarray(from, to));
      expect(answer.status).toBe(204);
      expect(answer.headers.get('upload-offset')).toBe(String(to));
      expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
      expect(Date.parse(answer.headers.get('upload-expires')!)).toBeGreaterThan(Date.now());
      const head = await tus(url, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.headers.get('upload-offset')).toBe(String(to));
      expect(head.headers.get('upload-length')).toBe('700000');
      expect(head.headers.get('cache-control')).toBe('no-store');
      expect(head.headers.get('upload-metadata')).toBe(`filename ${btoa('mouse.avi')}`);
      expect((await resourceOf(url)).received_bytes).toBe(to);
    }
    const resource = await resourceOf(url);
    expect(resource).toMatchObject({ state: 'complete', sha256: sha256Of(bytes), length_bytes: 700_000 });
    expect(sha256Of(await storedBytes(database, resource.blob_id!))).toBe(sha256Of(bytes));
    expect((await patch(url, 700_000, new Uint8Array(0))).status).toBe(204);
    expect(await errorOf(await patch(url, 0, bytes))).toEqual([409, 'upload_offset_wrong']);
    expect(await errorOf(await patch(url, 700_000, bytes))).toEqual([413, 'payload_too_large']);
  });

  it('gives way to an older blob with the same content', async () => {
    const bytes = randomBytes(300_000);
    const first = await (await fetch(`${api.url}/api/uploads`, { method: 'POST', body: bytes })).json();
    const url = await begin(api, bytes.length);
    await patch(url, 0, bytes.subarray(0, 260_000));
    await patch(url, 260_000, bytes.subarray(260_000));
    expect(await resourceOf(url)).toMatchObject({ state: 'complete', blob_id: first.blob_id, sha256: first.sha256 });
    expect(await database.client.db.$count(blobs, sql`sha256 is null`)).toBe(0);
  });

  it('refuses what does not fit the protocol, and changes nothing', async () => {
    const url = await begin(api, 100);
    await patch(url, 0, randomBytes(10));
    expect(await errorOf(await patch(url, 9, randomBytes(5)))).toEqual([409, 'upload_offset_wrong']);
    expect(await errorOf(await patch(url, 11, randomBytes(5)))).toEqual([409, 'upload_offset_wrong']);
    expect(await errorOf(await patch(url, 10, randomBytes(91)))).toEqual([413, 'payload_too_large']);
    const typeless = await tus(url, 'PATCH', { 'Content-Type': 'text/plain', 'Upload-Offset': '10' }, randomBytes(5));
    expect(await errorOf(typeless)).toEqual([415, 'unsupported_media_type']);
    for (const offset of ['', 'x', '-1', '1e3'])
      expect((await patch(url, 0, randomBytes(5), { 'Upload-Offset': offset })).status).toBe(400);
    const unknown = `${api.url}/api/uploads/00000000-0000-4000-8000-000000000000`;
    expect(await errorOf(await patch(unknown, 0, randomBytes(5)))).toEqual([404, 'not_found']);
    expect((await tus(unknown, 'HEAD')).status).toBe(404);
    expect(await offsetOf(url)).toBe(10);
  });

  it('speaks version 1.0.0 and says so', async () => {
    const url = await begin(api, 100);
    for (const version of ['0.2.2', '2.0.0'])
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const answer = await tus(url, method, { 'Tus-Resumable': version });
        expect([answer.status, answer.headers.get('tus-version')]).toEqual([412, '1.0.0']);
      }
    const answer = await tus(`${api.url}/api/uploads`, 'POST', { 'Tus-Resumable': '2.0.0', 'Upload-Length': '3' });
    expect(await errorOf(answer)).toEqual([412, 'tus_version_unsupported']);
    expect((await fetch(url, { method: 'PATCH', body: 'x' })).status).toBe(412);
    expect((await tus(url, 'PATCH')).headers.get('tus-resumable')).toBe('1.0.0');
  });

  it('obeys X-HTTP-Method-Override', async () => {
    const url = await begin(api, 3);
    const as = (method: string, headers = {}, body?: Uint8Array) =>
      tus(url, 'POST', { 'X-HTTP-Method-Override': method, ...headers }, body);
    const piece = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' };
    expect((await as('PATCH', piece, Buffer.from('ab'))).status).toBe(204);
    expect((await as('HEAD')).headers.get('upload-offset')).toBe('2');
    expect((await as('DELETE')).status).toBe(204);
    expect((await as('GET')).status).toBe(404);
    expect((await tus(url, 'HEAD')).status).toBe(404);
  });
});

describe('creation', () => {
  const create = (headers: Record<string, string>, body?: Uint8Array) =>
    tus(`${api.url}/api/uploads`, 'POST', headers, body);

  it('needs a length or its deferral, and not more than the service takes', async () => {
    expect((await create({})).status).toBe(400);
    expect((await create({ 'Upload-Length': '3', 'Upload-Defer-Length': '1' })).status).toBe(400);
    expect((await create({ 'Upload-Defer-Length': '2' })).status).toBe(400);
    expect((await create({ 'Upload-Length': 'three' })).status).toBe(400);
    expect((await create({ 'Upload-Length': String(MOST_BYTES + 1) })).status).toBe(413);
    expect((await create({ 'Upload-Length': '3', 'Upload-Metadata': 'filename !' })).status).toBe(400);
  });

  it('of an empty file is complete at once', async () => {
    const url = await begin(api, 0);
    expect(await resourceOf(url)).toMatchObject({
      state: 'complete',
      received_bytes: 0,
      sha256: sha256Of(new Uint8Array(0)),
    });
    expect(await offsetOf(url)).toBe(0);
  });

  it('may bring the first piece, or all', async () => {
    const type = { 'Content-Type': 'application/offset+octet-stream' };
    const part = await create({ 'Upload-Length': '6', ...type }, Buffer.from('abc'));
    expect([part.status, part.headers.get('upload-offset')]).toEqual([201, '3']);
    const whole = await create({ 'Upload-Length': '3', ...type }, Buffer.from('abc'));
    expect(await resourceOf(api.url + whole.headers.get('location'))).toMatchObject({ state: 'complete' });
    const before = await database.client.db.$count(uploads);
    expect((await create({ 'Upload-Length': '2', ...type }, Buffer.from('abc'))).status).toBe(413);
    expect(await database.client.db.$count(uploads)).toBe(before);
  });

  it('may leave the length for later', async () => {
    const answer = await create({ 'Upload-Defer-Length': '1' });
    const url = api.url + answer.headers.get('location');
    await patch(url, 0, Buffer.from('abc'));
    const head = await tus(url, 'HEAD');
    expect([head.headers.get('upload-defer-length'), head.headers.get('upload-length')]).toEqual(['1', null]);
    expect((await patch(url, 3, Buffer.from('d'), { 'Upload-Length': '2' })).status).toBe(400);
    await patch(url, 3, Buffer.from('d'), { 'Upload-Length': '5' });
    expect((await tus(url, 'HEAD')).headers.get('upload-length')).toBe('5');
    expect((await patch(url, 4, Buffer.from('e'), { 'Upload-Length': '6' })).status).toBe(400);
    await patch(url, 4, Buffer.from('e'));
    expect(await resourceOf(url)).toMatchObject({ state: 'complete', sha256: sha256Of(Buffer.from('abcde')) });
    const endless = api.url + (await create({ 'Upload-Defer-Length': '1' })).headers.get('location');
    expect((await patch(endless, 0, new Uint8Array(MOST_BYTES + 1))).status).toBe(413);
    await create({ 'Upload-Defer-Length': '1' });
    const late = api.url + (await create({ 'Upload-Defer-Length': '1' })).headers.get('location');
    await patch(late, 0, Buffer.from('abc'));
    await patch(late, 3, new Uint8Array(0), { 'Upload-Length': '3' });
    expect(await resourceOf(late)).toMatchObject({ state: 'complete', sha256: sha256Of(Buffer.from('abc')) });
  });
});

describe('checksum', () => {
  const bytes = randomBytes(900_000);
  const sum = (algorithm: string, of: Uint8Array) => ({
    'Upload-Checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
  });

  it('of a piece that does not have it discards the piece, wherever it begins and ends', async () => {
    const url = await begin(api, bytes.length);
    let at = 0;
    for (const [to, algorithm] of [
      [100, 'sha1'],
      [260_000, 'sha256'],
      [500_000, 'md5'],
      [bytes.length, 'sha1'],
    ] as const) {
      const piece = bytes.subarray(at, to);
      const wrong = await patch(url, at, randomBytes(piece.length), sum(algorithm, piece));
      expect(await errorOf(wrong)).toEqual([460, 'checksum_wrong']);
      expect(await offsetOf(url)).toBe(at);
      expect((await patch(url, at, piece, sum(algorithm, piece))).status).toBe(204);
      at = to;
    }
    const resource = await resourceOf(url);
    expect(resource).toMatchObject({ state: 'complete', sha256: sha256Of(bytes) });
    expect(sha256Of(await storedBytes(database, resource.blob_id!))).toBe(sha256Of(bytes));
  });

  it('that is unknown or garbled is refused', async () => {
    const url = await begin(api, 3);
    for (const header of ['crc32 AAAA', 'sha1', ''])
      expect((await patch(url, 0, Buffer.from('abc'), { 'Upload-Checksum': header })).status).toBe(400);
    expect(await offsetOf(url)).toBe(0);
  });

  it('lets nothing of a piece count whose connection breaks', async () => {
    const url = await begin(api, bytes.length);
    await patch(url, 0, bytes.subarray(0, 300_000));
    const headers = {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': '300000',
    };
    const sending = await hangingRequest(url, {
      ...{ method: 'PATCH', headers: { ...headers, ...sum('sha1', bytes) } },
      ...{ bytes: bytes.subarray(300_000, 880_000), announced: 600_000 },
    });
    await storedOf(database, url, 600_001);
    sending.break();
    expect(await offsetOf(url)).toBe(300_000);
    await patch(url, 300_000, bytes.subarray(300_000));
    expect(await resourceOf(url)).toMatchObject({ sha256: sha256Of(bytes) });
  });
});
