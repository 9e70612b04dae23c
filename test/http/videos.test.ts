/** The video of an inference, as a <video> element asks for it. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

/** More than one chunk of a blob. */
const video = randomBytes(700_000);
let modelUid: string;
beforeAll(async () => {
  modelUid = await hand.trained();
});

async function sent(fileName: string, bytes: Uint8Array): Promise<string> {
  const video_base64 = Buffer.from(bytes).toString('base64');
  const { results_id: id } = await hand.infer(modelUid, { file_name: fileName, video_base64 });
  return `/api/inferences/${id}/video`;
}
const hex = (text: string) => Buffer.concat([Buffer.from(text.replaceAll(' ', ''), 'hex'), Buffer.alloc(400)]);
const latin1 = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(400)]);

describe('GET /api/inferences/{id}/video', () => {
  it('is the video as it was sent, under its name, shown and not saved, with its headers alone for HEAD', async () => {
    const path = await sent('Mäuse 1.mp4', video);
    for (const method of ['GET', 'HEAD']) {
      const response = await api.get(path, { method });
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'video/mp4',
        'content-length': String(video.length),
        'accept-ranges': 'bytes',
        'x-content-type-options': 'nosniff',
        'content-disposition': `inline; filename="M_use 1.mp4"; filename*=UTF-8''M%C3%A4use%201.mp4`,
        etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
      });
      const body = Buffer.from(await response.arrayBuffer());
      expect(Buffer.compare(body, method === 'GET' ? video : Buffer.alloc(0))).toBe(0);
    }
  });

  it('comes in parts, goes on only with the same version, and is not sent again to who has it', async () => {
    const path = await sent('v.mp4', video);
    const part = await api.get(path, { headers: { Range: 'bytes=262100-262199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 262100-262199/${video.length}`]);
    expect(Buffer.compare(Buffer.from(await part.arrayBuffer()), video.subarray(262_100, 262_200))).toBe(0);
    const etag = part.headers.get('etag')!;
    expect((await api.get(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const ifRange = (tag: string) => api.get(path, { headers: { Range: 'bytes=0-9', 'If-Range': tag }, method: 'GET' });
    expect([(await ifRange(etag)).status, (await ifRange('"other"')).status]).toEqual([206, 200]);
    expect((await api.get(path, { headers: { Range: `bytes=${video.length}-` } })).status).toBe(416);
  });

  it.each([
    ['a.MOV', latin1('anything'), 'video/quicktime'],
    ['mouse.v2.webm', latin1('anything'), 'video/webm'],
    ['cage.avi', latin1('anything'), 'video/x-msvideo'],
    ['cage.mpeg', latin1('anything'), 'video/mpeg'],
    ['no ending', latin1('\0\0\0\x20ftypisom'), 'video/mp4'],
    ['video.mp4.part', latin1('\0\0\0\x14ftypqt  '), 'video/quicktime'],
    ['b', hex('1a45dfa3 9f 4286 8101 4282 84 7765626d'), 'video/webm'],
    ['b', hex('1a45dfa3 a3 4286 8101 4282 88 6d6174726f736b61'), 'video/x-matroska'],
    ['b', latin1('RIFF\x10\0\0\0AVI LIST'), 'video/x-msvideo'],
    ['b', hex('000001ba 44'), 'video/mpeg'],
    ['b.constructor', Buffer.from('short'), 'application/octet-stream'],
    ['page.html', Buffer.from('<!doctype html><script>alert(1)</script>'), 'application/octet-stream'],
  ])('of %s goes by the name, else by the first bytes: %#', async (name, bytes, type) => {
    const response = await api.get(await sent(name, bytes), { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe(type);
  });

  it('is there before a worker has begun, and 404 for an unknown inference', async () => {
    const path = await sent('v.mp4', video);
    expect((await api.get(path, { method: 'HEAD' })).status).toBe(200);
    for (const id of ['123456', 'x', '1.5']) {
      const response = await api.get(`/api/inferences/${id}/video`);
      expect([response.status, (await response.json()).error]).toEqual([404, 'not_found']);
    }
  });
});
