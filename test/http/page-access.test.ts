/** What a page has that cannot send a header: its own files without a key, streams and downloads with the cookie, and no prompt of the browser. */
import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { appAlone } from '../support/app.ts';
import { useDatabase } from '../support/database.ts';
import { readEvents } from '../support/event-stream.ts';
import { handWorker } from '../support/hand-worker.ts';
import { config, dataset, json } from '../support/training-request.ts';

const KEY = 'first';
/** Every path that is no route is a file of the page here, so that what is answered was let in. */
const app = appAlone({ API_KEYS: `${KEY}, second` }, async c => c.text('a file'));

describe('without a key', () => {
  it.each(['/', '/index.html', '/icon.svg', '/assets/index-EP5ykyQU.js', '/assets/fonts/a.woff2'])(
    '%s of the page is open',
    async path => {
      expect(await (await app.request(path)).text()).toBe('a file');
      expect((await app.request(path, { method: 'HEAD' })).status).toBe(200);
      expect((await app.request(path, { method: 'POST' })).status).toBe(401);
    },
  );

  it.each([
    ...['/docs', '/docs/', '/docs/index.html', '/openapi.json', '/metrics', '/api/models', '/api/nothing', '/api/'],
    ...[
      '/anything',
      '/assets',
      '/assets/',
      '//assets/a.js',
      '/icon.svg/',
      '/index.html/a',
      '/api/session/',
      '/healthz/',
    ],
  ])('%s is closed', async path => {
    expect((await app.request(new URL(`http://localhost${path}`))).status).toBe(401);
  });
});

describe('a 401', () => {
  const challengeOf = async (headers: Record<string, string>, path = '/docs') =>
    (await app.request(path, { headers })).headers.get('www-authenticate');
  const NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it.each([
    ['a person who opens an address', { 'Sec-Fetch-Mode': 'navigate' }],
    ['a program', {}],
    ['a person who opens an address by plain http', { Accept: NAVIGATION }],
    ['a person who follows a link by plain http', { Accept: NAVIGATION, Referer: 'http://lab-pc:5000/' }],
  ])('asks %s by the prompt of the browser', async (_, headers) => {
    expect(await challengeOf(headers as Record<string, string>)).toMatch(/^Basic realm=/);
  });

  it.each([
    ['a script', { 'Sec-Fetch-Mode': 'cors' }],
    ['an event stream', { 'Sec-Fetch-Mode': 'cors', Accept: 'text/event-stream' }],
    ['a picture', { 'Sec-Fetch-Mode': 'no-cors' }],
    ['a script by plain http', { Accept: '*/*', Referer: 'http://lab-pc:5000/' }],
  ])('leaves it to the page to ask, where %s of it met the 401', async (_, headers) => {
    expect(await challengeOf(headers as Record<string, string>)).toBe('Bearer realm="sleap-microservice"');
  });

  it('of the sign-in itself does not prompt either', async () => {
    const headers = { 'Content-Type': 'application/json', 'Sec-Fetch-Mode': 'cors' };
    const answer = await app.request('/api/session', { method: 'POST', headers, body: '{"key":"wrong"}' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer/)]);
  });
});

describe('a server with keys', () => {
  const database = useDatabase();
  const api = useApi(database, { API_KEYS: KEY });
  const keyed = { headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' } };
  const withKey = {
    ...api,
    get: (path: string) => api.get(path, keyed),
    post: (path: string, body: unknown) => api.post(path, body, keyed),
  };
  let cookie = '';
  let model = '';
  const asPage = (path: string, headers: Record<string, string> = {}) =>
    api.get(path, { headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', ...headers } });

  beforeAll(async () => {
    cookie = (await api.post('/api/session', { key: KEY })).headers.get('set-cookie')!.split(';')[0]!;
    model = await handWorker(database, withKey).trained();
  });

  it('follows a model by event stream with the cookie alone, and not without', async () => {
    const path = `/api/models/${model}/events`;
    expect((await api.get(path, { headers: { Accept: 'text/event-stream' } })).status).toBe(401);
    const stream = await asPage(path, { Accept: 'text/event-stream' });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    for await (const { event } of readEvents(stream)) if (event === 'done') break;
  });

  it('downloads with the cookie alone, also a part, and not without', async () => {
    const hand = handWorker(database, withKey);
    const { results_id: id } = await hand.infer(model);
    await hand.store(await hand.claim(), { firstFrame: 0, points: [[1, 2, 0.9, 3, 4, 0.8]] });
    const path = `/api/inferences/${id}/predictions.csv`;
    expect((await api.get(path)).status).toBe(401);
    const whole = await asPage(path);
    expect([whole.status, await whole.text()]).toEqual([200, expect.stringContaining('1,2,0.9')]);
    expect((await asPage(path, { Range: 'bytes=0-3' })).status).toBe(206);
  });

  it('the seven routes answer a key as before, and nobody without one', async () => {
    const submitted = await json(
      withKey.post('/api/train-network', { training_dataset: dataset, training_config: config }),
    );
    const uid = submitted.body.model_uid;
    const video = { video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: model };
    const inferred = await json(withKey.post('/api/video-inference', video));
    const gets = [
      ...[`/api/learning-stats?model_uid=${uid}`, `/api/model-info?model_uid=${uid}`],
      ...[`/api/get-finished-training-at?uids=${uid}`, `/api/inference-results?ids=${inferred.body.results_id}`],
    ];
    expect([submitted.status, inferred.status]).toEqual([200, 200]);
    for (const path of gets) expect((await withKey.get(path)).status, path).toBe(200);
    expect((await withKey.post('/api/stop-training', { model_uid: uid })).status).toBe(200);

    for (const path of gets) expect((await api.get(path)).status, path).toBe(401);
    for (const path of ['/api/train-network', '/api/video-inference', '/api/stop-training'])
      expect((await api.post(path, {})).status, path).toBe(401);
  });

  it.each(['/assets/../api/models', '/assets/..%2fapi/models', '/assets/%2e%2e/api/models', '/assets/..\\api\\models'])(
    'a way around by %s leads nowhere',
    async path => {
      const { port } = new URL(api.url);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        // fetch would take the dots out before it sends.
        const asked = request({ host: '127.0.0.1', port, path }, answer => resolve(answer.resume().statusCode));
        asked.on('error', reject).end();
      });
      expect([401, 404, 400]).toContain(status);
    },
  );
});
