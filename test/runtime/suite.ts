/** One suite for every runtime, over HTTP, against a server process of it; node is in it for comparison. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { readEvents } from '../support/event-stream.ts';
import { json } from '../support/training-request.ts';
import { testBodies } from './bodies.ts';
import { testDownloads } from './downloads.ts';
import { testEventStreams } from './event-streams.ts';
import { type Column, saveColumn } from './matrix.ts';
import { REQUESTS } from './requests.ts';
import { KEY, ORIGIN, type RuntimeName, useServer } from './server.ts';
import { makeWorld, type Suite, type World } from './world.ts';

/** Answers to HEAD. */
const BODILESS = ['readUploadOffset'];

/** @param more tests of this runtime alone. */
export function testRuntime(runtime: RuntimeName, more: (suite: Suite) => void = () => {}): void {
  const database = useDatabase();
  const server = useServer(runtime, database);
  const column: Column = {};
  let world: World | null = null;
  beforeAll(async () => {
    world = await makeWorld(database, server);
  });
  afterAll(() => saveColumn(inject('matrixFolder'), runtime, column));

  const suite: Suite = { runtime, server, database, column, world: () => world! };
  describe('every operation', () => testOperations(suite));
  describe('errors', () => testErrors(suite));
  describe('the page', () => testPage(suite));
  describe('bodies', () => testBodies(suite));
  describe('downloads', () => testDownloads(suite));
  describe('event streams', () => testEventStreams(suite));
  more(suite);
}

function testOperations({ server, column, world }: Suite): void {
  it('has a request in the table, and the table has no other', async () => {
    const { body: document } = await json(server.get('/openapi.json'));
    expect(Object.keys(REQUESTS).toSorted()).toEqual(operationNames(document).toSorted());
  });

  it.each(Object.entries(REQUESTS))('%s', async (name, { status = 200, send }) => {
    const begun = performance.now();
    const response = await send(world());
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const body = isStream ? await firstEvent(response) : Buffer.from(await response.arrayBuffer());
    const sizeBytes = body.length;
    column[name] = { status: response.status, sizeBytes, seconds: (performance.now() - begun) / 1000 };
    expect(response.status, status === response.status ? '' : body.toString()).toBe(status);
    if (!BODILESS.includes(name) && status !== 204) expect(sizeBytes).toBeGreaterThan(0);
  });
}

type Paths = Record<string, Record<string, { operationId: string }>>;

const operationNames = ({ paths }: { paths: Paths }) =>
  Object.values(paths).flatMap(operations => Object.values(operations).map(({ operationId }) => operationId));

async function firstEvent(response: Response): Promise<Buffer> {
  const events = readEvents(response);
  const { value } = await events.next();
  await events.return(undefined);
  return Buffer.from(JSON.stringify(value!.data));
}

function testErrors({ server }: Suite): void {
  it.each([
    ['GET', '/api/nothing', '', 404, 'not_found'],
    ['GET', '/api/models/5f0c3a52-0000-4000-8000-000000000000/events', '', 404, 'not_found'],
    ['GET', '/api/inference-results?ids=x', '', 400, 'invalid_request'],
    ['POST', '/api/stop-training', 'no json', 400, 'not_json'],
    ['POST', '/api/train-network', '{"training_dataset":"!!!!"}', 400, 'not_base64'],
  ])('%s %s %s is %d %s', async (method, path, body, status, error) => {
    const response = await (method === 'GET' ? server.get(path) : server.post(path, body));
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ status, error, instance: path.split('?')[0], detail: expect.stringMatching(/\.$/) }),
    ]);
  });

  it('needs a key of the server, but for its health and the files of the page', async () => {
    const as = async (authorization: string, path = '/api/models') =>
      (await fetch(server.url + path, { headers: { authorization } })).status;
    expect(await as('')).toBe(401);
    expect(await as('Bearer another')).toBe(401);
    expect(await as('', '/docs')).toBe(401);
    expect(await as('', '/')).toBe(200);
    expect(await as(`Basic ${btoa(`anybody:${KEY}`)}`)).toBe(200);
    expect(await as('', '/readyz')).toBe(200);
  });
}

function testPage({ runtime, server }: Suite): void {
  it('is served with its scripts', async () => {
    const page = await server.get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const [, script] = /src="(?:\.)?(\/[^"]+\.js)"/.exec(await page.text())!;
    const answer = await server.get(script!);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);
    await answer.body!.cancel();
  });

  it('is to be kept by the browser where a name tells the content, and comes gzipped to who takes that', async () => {
    // Cloudflare does both by itself, where a page leaves its network.
    if (runtime === 'workerd') return;
    const ask = async (path: string, encoding: string) => {
      const answer = await server.get(path, { headers: { 'Accept-Encoding': encoding } });
      const told = ['content-encoding', 'cache-control'].map(name => answer.headers.get(name));
      return { text: await answer.text(), vary: answer.headers.get('vary'), told };
    };
    const page = await ask('/', 'gzip');
    expect(page.told).toEqual(['gzip', 'no-cache']);
    const [, script] = /src="(?:\.)?(\/[^"]+\.js)"/.exec(page.text)!;
    const [zipped, plain] = [await ask(script!, 'gzip'), await ask(script!, 'identity')];
    const forever = 'public, max-age=31536000, immutable';
    expect([zipped.told, plain.told]).toEqual([
      ['gzip', forever],
      [null, forever],
    ]);
    expect(zipped.vary).toContain('Accept-Encoding');
    expect(zipped.text).toBe(plain.text);
  });

  it('signs in with a key and goes on with the cookie, until it signs out', async () => {
    const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
      fetch(server.url + path, { ...init, headers: { 'Sec-Fetch-Site': 'same-origin', ...headers } });
    const body = JSON.stringify({ key: KEY });
    const json = { 'Content-Type': 'application/json' };
    const [cookie] = (await ask('/api/session', json, { method: 'POST', body })).headers.get('set-cookie')!.split(';');
    expect((await ask('/api/models', { cookie: cookie! })).status).toBe(200);
    expect(await (await ask('/api/session', { cookie: cookie! })).json()).toEqual({
      key_needed: true,
      signed_in: true,
    });
    const script = /src="(?:\.)?(\/[^"]+\.js)"/.exec(await (await ask('/', {})).text())![1]!;
    expect((await ask(script, {})).status).toBe(200);
    expect((await ask('/api/models', { cookie: cookie!.replace('.', '0.') })).status).toBe(401);
    const out = await ask('/api/session', { cookie: cookie! }, { method: 'DELETE' });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/=; Max-Age=0/)]);
  });

  it('of the API itself is served at /docs', async () => {
    const page = await server.get('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(await page.text()).toContain('<title>');
  });

  it('of another origin may call the API where it is allowed to, and asks first without a key', async () => {
    const ask = (origin: string) =>
      fetch(`${server.url}/api/uploads/0`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'PATCH' },
      });
    const allowed = await ask(ORIGIN);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
    expect((await ask('https://other.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
}
