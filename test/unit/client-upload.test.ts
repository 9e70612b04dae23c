/** Resumable uploads of the client against a store that breaks where the test says: every byte arrives once, in its place. */
import { describe, expect, it } from 'vitest';
import { SleapClient } from '../../client/sleap-client.ts';
import { type SentCall, scriptedFetch } from '../support/scripted-fetch.ts';

const CONTENT = 'abcdefghijklmnopqrstuvwxyz';
const UPLOAD = 'http://lab.example/api/uploads/u1';

/** A tus store of one upload. `take` says how many bytes of a piece arrive before the line breaks; undefined: all. */
function store(take: (number | undefined)[] = []) {
  let content = '';
  const answer = (status: number) => new Response(null, { status, headers: { 'Upload-Offset': `${content.length}` } });
  const handle = async ({ method, url, headers, body }: SentCall): Promise<Response> => {
    if (headers.get('tus-resumable') === null) return Response.json({ blob_id: 'b1', received_bytes: content.length });
    if (method === 'POST') return new Response(null, { status: 201, headers: { Location: '/api/uploads/u1' } });
    expect(url).toBe(UPLOAD);
    if (method === 'HEAD') return answer(200);
    expect(method).toBe('PATCH');
    const piece = await (body as Blob).text();
    if (Number(headers.get('upload-offset')) !== content.length)
      return Response.json({ error: 'upload_offset_wrong', detail: 'No.' }, { status: 409 });
    const bytes = take.shift();
    content += piece.slice(0, bytes);
    if (bytes !== undefined) throw new TypeError('fetch failed');
    return answer(204);
  };
  const { fetch, calls } = scriptedFetch(...Array(40).fill(handle));
  const client = new SleapClient({ url: 'http://lab.example', fetch });
  return { client, calls, handle, stored: () => content, ahead: (text: string) => (content = text) };
}

describe('a resumable upload', () => {
  it('goes piece by piece, and its answer stands for the file', async () => {
    const { client, calls, stored } = store();
    const progress: number[] = [];
    const file = new File([CONTENT], 'Mäuse.mp4');
    const upload = await client.uploadResumably(file, { pieceBytes: 10, onProgress: sent => progress.push(sent) });
    expect(stored()).toBe(CONTENT);
    expect(upload).toEqual({ blob_id: 'b1', received_bytes: 26 });
    expect([...new Set(progress)]).toEqual([0, 10, 20, 26]);
    expect(calls.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH', 'GET']);
    expect(calls[0]!.headers.get('upload-length')).toBe('26');
    const [key, name] = calls[0]!.headers.get('upload-metadata')!.split(' ');
    expect([key, Buffer.from(name!, 'base64').toString()]).toEqual(['filename', 'Mäuse.mp4']);
  });

  it('asks where to go on when the line breaks, and goes on there', async () => {
    const { client, calls, stored } = store([3, 0, undefined, 4]);
    await client.uploadResumably(new Blob([CONTENT]), { pieceBytes: 10 });
    expect(stored()).toBe(CONTENT);
    const offsets = calls.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers.get('upload-offset'));
    expect(offsets).toEqual(['0', '3', '3', '13', '17']);
    expect(calls.filter(({ method }) => method === 'HEAD')).toHaveLength(3);
  });

  it('waits for another request that still writes', async () => {
    const begun = store();
    const answers = [new Response(null, { status: 423 }), ...Array(3).fill((call: SentCall) => begun.handle(call))];
    const { fetch, calls } = scriptedFetch(...answers);
    await new SleapClient({ url: 'http://lab.example', fetch }).uploadResumably(new Blob([CONTENT]), {
      uploadId: 'u1',
    });
    expect(calls.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'PATCH', 'GET']);
    expect(begun.stored()).toBe(CONTENT);
  });

  it('goes on with what another program began, and sends nothing where all of it is there', async () => {
    const begun = store();
    begun.ahead(CONTENT.slice(0, 20));
    await begun.client.uploadResumably(new Blob([CONTENT]), { uploadId: 'u1' });
    expect(begun.stored()).toBe(CONTENT);
    expect(begun.calls.map(({ method }) => method)).toEqual(['HEAD', 'PATCH', 'GET']);
    await begun.client.uploadResumably(new Blob([CONTENT]), { uploadId: 'u1' });
    expect(begun.calls.map(({ method }) => method).slice(3)).toEqual(['HEAD', 'GET']);
  });

  it('of no bytes is complete when it begins', async () => {
    const { client, calls } = store();
    await client.uploadResumably(new Blob([]));
    expect(calls.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('ends with the service’s word where it has expired', async () => {
    const expired = Response.json({ error: 'upload_expired', detail: 'It is gone.' }, { status: 410 });
    const { fetch, calls } = scriptedFetch(new Response(null, { status: 410 }), expired);
    const client = new SleapClient({ url: 'http://lab.example', fetch });
    const upload = client.uploadResumably(new Blob([CONTENT]), { uploadId: 'u1' });
    await expect(upload).rejects.toMatchObject({ code: 'upload_expired' });
    expect(calls.map(({ method }) => method)).toEqual(['HEAD', 'GET']); // an answer to HEAD has no words
  });
});
