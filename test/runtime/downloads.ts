/** Files made as they are sent and files of the blob store: whole, in parts, known already, and their heads alone. */
import { expect, it } from 'vitest';
import { OVERLAY, type Suite } from './world.ts';

export function testDownloads({ runtime, server, world }: Suite): void {
  /** Bun sends a stream of several pieces without its length (oven-sh/bun issue 10507). */
  const lengthTold = (sizeBytes: number) =>
    runtime === 'bun' ? expect.toBeOneOf([null, String(sizeBytes)]) : String(sizeBytes);
  const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
  const csv = () => `/api/inferences/${world().inferenceId}/predictions.csv`;
  const mp4 = () => `/api/inferences/${world().inferenceId}/overlay.mp4`;

  it('a file of the blob store comes whole and with its length', async () => {
    const response = await server.get(mp4());
    expect(response.headers.get('content-length')).toEqual(lengthTold(OVERLAY.length));
    expect(OVERLAY.equals(await bytesOf(response))).toBe(true);
  });

  it.each([
    ['bytes=300000-300009', 300_000, 300_009],
    ['bytes=249990-510000', 249_990, 510_000],
    ['bytes=-10', OVERLAY.length - 10, OVERLAY.length - 1],
  ])('%s of it is that part', async (range, first, last) => {
    const response = await server.get(mp4(), { headers: { Range: range } });
    expect([response.status, response.headers.get('content-range'), response.headers.get('content-length')]).toEqual([
      206,
      `bytes ${first}-${last}/${OVERLAY.length}`,
      lengthTold(last - first + 1),
    ]);
    expect(OVERLAY.subarray(first, last + 1).equals(await bytesOf(response))).toBe(true);
  });

  it('a part beyond its end is 416', async () => {
    const response = await server.get(mp4(), { headers: { Range: 'bytes=900000-' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${OVERLAY.length}`]);
    await response.body!.cancel();
  });

  it('an export is made anew for each part, and all parts fit', async () => {
    const whole = await server.get(csv());
    const text = await whole.text();
    const etag = whole.headers.get('etag')!;
    expect(text.split('\n').length).toBeGreaterThan(500);
    const part = await server.get(csv(), { headers: { Range: 'bytes=100-299', 'If-Range': etag } });
    expect([part.status, await part.text()]).toEqual([206, text.slice(100, 300)]);
  });

  it('is not sent again to who has it', async () => {
    const etag = (await server.get(csv(), { method: 'HEAD' })).headers.get('etag')!;
    const response = await server.get(csv(), { headers: { 'If-None-Match': etag } });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, etag, '']);
  });

  it('HEAD tells the length, the type and the name', async () => {
    const response = await server.get(mp4(), { method: 'HEAD' });
    expect([response.status, Object.fromEntries(response.headers), await response.text()]).toEqual([
      200,
      expect.objectContaining({
        'content-type': 'video/mp4',
        'content-length': String(OVERLAY.length),
        'accept-ranges': 'bytes',
        'content-disposition': expect.stringContaining('mouse 1.overlay.mp4'),
      }),
      '',
    ]);
  });

  it('a reader who leaves in the middle costs nothing', async () => {
    for (let i = 0; i < 5; i++) {
      const response = await server.get(mp4());
      const reader = response.body!.getReader();
      await reader.read();
      await reader.cancel();
    }
    expect((await server.get('/api/models')).status).toBe(200);
  });
}
