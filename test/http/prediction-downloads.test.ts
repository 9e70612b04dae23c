/** Downloads of predictions: versions of a file, its length, its parts, and going on with one that broke off. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PREDICTION_FILES } from '../../src/contract/prediction-files.ts';
import { models } from '../../src/db/schema.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { FRAME, NOTHING, TEXT_FILES } from '../support/prediction-frames.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

/** An inference under way with frames in chunks of 200, every third without a detection. */
async function withFrames(chunks: number) {
  const { results_id: id } = await hand.infer(await hand.trained());
  const task = await hand.claim();
  for (let i = 0; i < chunks; i++) {
    const points = Array.from({ length: 200 }, (_, j) => (j % 3 === 0 ? NOTHING : [i, j, 0.5, 1.25, 2.5, 0.75]));
    await hand.store(task, { firstFrame: i * 200, points });
  }
  return { task, path: `/api/inferences/${id}/predictions` };
}
const bytesOf = async (path: string, headers: Record<string, string> = {}) =>
  Buffer.from(await (await api.get(path, { headers })).arrayBuffer());
const etagOf = async (path: string) => (await api.get(path, { method: 'HEAD' })).headers.get('etag')!;

describe('a version of a file of predictions', () => {
  it('has a tag that changes when frames come, and with what was asked for', async () => {
    const { task, path } = await withFrames(1);
    const addresses = [
      ...TEXT_FILES.map(name => path.replace('predictions', name)),
      `${path}.csv?empty_frames=true`,
      `${path}.json?after=3`,
    ];
    const before = await Promise.all(addresses.map(etagOf));
    expect(await Promise.all(addresses.map(etagOf))).toEqual(before);
    expect(new Set(before).size).toBe(addresses.length);
    for (const tag of before) expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    await hand.store(task, { firstFrame: 900, points: [NOTHING] });
    const after = await Promise.all(addresses.map(etagOf));
    expect(new Set([...before, ...after]).size).toBe(2 * addresses.length);
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    const ended = await Promise.all(addresses.map(etagOf));
    // The state stands in JSON alone.
    expect(addresses.filter((_, i) => ended[i] !== after[i])).toEqual([`${path}.json`, `${path}.json?after=3`]);
  });

  it('of another inference has another tag', async () => {
    const one = await etagOf(`${(await withFrames(1)).path}.csv`);
    expect(await etagOf(`${(await withFrames(1)).path}.csv`)).not.toBe(one);
  });

  it('is not sent again to who has it', async () => {
    const { task, path } = await withFrames(1);
    const headers = { 'If-None-Match': await etagOf(`${path}.csv`) };
    expect((await api.get(`${path}.csv`, { headers })).status).toBe(304);
    await hand.store(task, { firstFrame: 900, points: [FRAME] });
    const anew = await api.get(`${path}.csv`, { headers });
    expect([anew.status, (await anew.text()).split('\n').at(-2)]).toEqual([200, ',900,1.0235,1.5,2.1235,0.9,,,0.1235']);
  });

  it('tells its length once that is known, and HEAD never makes it', async () => {
    const { path } = await withFrames(60);
    const head = await api.get(`${path}.json`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, null]);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    const first = await api.get(`${path}.json`);
    expect(first.headers.get('content-length')).toBeNull();
    const sizeBytes = (await first.arrayBuffer()).byteLength;
    for (const method of ['GET', 'HEAD']) {
      const response = await api.get(`${path}.json`, { method });
      expect(response.headers.get('content-length')).toBe(String(sizeBytes));
      await response.arrayBuffer();
    }
  });
});

describe('a part of a file of predictions', () => {
  it.each(Object.keys(PREDICTION_FILES))('%s is what stands there, wherever it begins', async name => {
    const path = (await withFrames(8)).path.replace('predictions', name);
    // Before anybody asked for the whole.
    const end = await api.get(path, { headers: { Range: 'bytes=-500' } });
    expect(end.status).toBe(206);
    const tail = Buffer.from(await end.arrayBuffer());
    const whole = await bytesOf(path);
    expect(tail.equals(whole.subarray(-500))).toBe(true);
    expect(end.headers.get('content-range')).toBe(`bytes ${whole.length - 500}-${whole.length - 1}/${whole.length}`);
    for (let i = 0; i < 12; i++) {
      const first = Math.floor((i / 12) * whole.length);
      const last = i % 4 === 0 ? null : Math.min(first + 7 ** (i % 6), whole.length - 1);
      const part = await bytesOf(path, { Range: `bytes=${first}-${last ?? ''}` });
      expect(part.equals(whole.subarray(first, last === null ? undefined : last + 1)), `${first}-${last}`).toBe(true);
    }
  });

  it('goes on where a download broke off, unless frames came meanwhile', async () => {
    const { task, path } = await withFrames(60);
    const broken = new AbortController();
    const response = await api.get(`${path}.csv`, { signal: broken.signal });
    const etag = response.headers.get('etag')!;
    const { value: start } = await response.body!.getReader().read();
    broken.abort();
    const headers = { Range: `bytes=${start!.length}-`, 'If-Range': etag };
    const rest = await api.get(`${path}.csv`, { headers });
    expect(rest.status).toBe(206);
    const whole = await bytesOf(`${path}.csv`);
    expect(Buffer.concat([start!, Buffer.from(await rest.arrayBuffer())]).equals(whole)).toBe(true);

    await hand.store(task, { firstFrame: 60 * 200, points: [FRAME] });
    const anew = await api.get(`${path}.csv`, { headers });
    expect(anew.status).toBe(200);
    expect((await anew.arrayBuffer()).byteLength).toBeGreaterThan(whole.length);
  });

  it('behind the end is refused with the size', async () => {
    const { path } = await withFrames(1);
    const sizeBytes = (await bytesOf(`${path}.csv`)).length;
    const response = await api.get(`${path}.csv`, { headers: { Range: `bytes=${sizeBytes}-` } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${sizeBytes}`]);
    expect((await json(Promise.resolve(response))).body.error).toBe('range_not_satisfiable');
    // Nothing at all is in it, and so no part either.
    const { results_id: id } = await hand.infer(await hand.trained());
    const empty = await api.get(`/api/inferences/${id}/predictions.ndjson`, { headers: { Range: 'bytes=0-' } });
    expect([empty.status, empty.headers.get('content-range')]).toEqual([416, 'bytes */0']);
  });
});
