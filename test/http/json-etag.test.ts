/** JSON that says which version it is: entity tags, If-None-Match and HEAD. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' });
const hand = handWorker(database, api);
const paths: Record<string, string> = {};

beforeAll(async () => {
  const uid = await hand.trained();
  const { results_id: id, task_id: task } = await hand.infer(uid);
  Object.assign(paths, {
    ...{ models: '/api/models', inferences: '/api/inferences', tasks: '/api/tasks?limit=1', workers: '/api/workers' },
    ...{ model: `/api/models/${uid}`, metrics: `/api/models/${uid}/metrics.json` },
    ...{ samples: `/api/models/${uid}/samples` },
    ...{ inference: `/api/inferences/${id}`, task: `/api/tasks/${task}` },
  });
});

const LISTS = ['models', 'inferences', 'tasks', 'workers'];
describe.each([...LISTS, 'model', 'metrics', 'samples', 'inference', 'task'])('%s', name => {
  it('has a strong tag, is not sent again to who has it, and answers a HEAD with the same headers', async () => {
    const path = paths[name]!;
    const got = await api.get(path);
    const text = await got.text();
    const headers = (response: Response) =>
      ['etag', 'cache-control', 'content-type', 'content-length', 'link'].map(header => response.headers.get(header));
    const etag = got.headers.get('etag')!;
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(headers(got).slice(1, 4)).toEqual(['no-cache', 'application/json', String(Buffer.byteLength(text))]);
    const head = await api.get(path, { method: 'HEAD' });
    expect([head.status, ...headers(head), await head.text()]).toEqual([200, ...headers(got), '']);
    for (const known of [etag, `"x", W/${etag}`, '*']) {
      const again = await api.get(path, { headers: { 'If-None-Match': known } });
      expect([again.status, again.headers.get('etag'), await again.text()], known).toEqual([304, etag, '']);
    }
    expect((await api.get(path, { headers: { 'If-None-Match': '"another"' } })).status).toBe(200);
  });
});

it('changes its tag with what it says, and only then', async () => {
  const tag = async () => (await api.get(paths.model!)).headers.get('etag');
  const before = await tag();
  expect(await tag()).toBe(before);
  const body = JSON.stringify({ name: 'renamed' });
  await api.get(paths.model!, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body });
  expect(await tag()).not.toBe(before);
});

it('leaves event streams alone', async () => {
  const leave = new AbortController();
  const stream = await api.get('/api/models/events', { signal: leave.signal });
  expect([stream.headers.get('content-type'), stream.headers.get('etag')]).toEqual(['text/event-stream', null]);
  leave.abort();
});
