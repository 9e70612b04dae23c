/** Webhooks against a receiver on this machine that answers, fails, hangs, answers late, redirects and goes away. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { WEBHOOK_TIMEOUT_SECONDS: '2' });
const worker = handWorker(database, api);

interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

let server: Server;
let received: Received[] = [];
let answer: (response: ServerResponse, request: IncomingMessage) => void;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    received.push({ path: request.url!, headers: request.headers as Record<string, string>, body });
    answer(response, request);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const ok = (response: ServerResponse) => response.writeHead(204).end();
const address = (path = '') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const until = (what: () => unknown) => vi.waitFor(what, { timeout: 8000, interval: 20 });

beforeEach(async () => {
  for (const { webhook_id: id } of (await json(api.get('/api/webhooks'))).body.webhooks)
    await api.get(`/api/webhooks/${id}`, { method: 'DELETE' });
  await database.client.sql`delete from tasks`;
  received = [];
  answer = ok;
});

async function hook(more: Record<string, unknown> = {}) {
  const { status, body } = await json(api.post('/api/webhooks', { url: address(), ...more }));
  expect(status).toBe(201);
  return body;
}

const deliveries = async (id: string) => (await json(api.get(`/api/webhooks/${id}/deliveries`))).body.deliveries;
/** As if the time until the next attempts had passed. */
const passTime = () => database.client.db.execute(sql`update webhook_deliveries set next_attempt_at = now()`);

describe('what is told', () => {
  it('signs each message so that the library of Standard Webhooks accepts it, and names the task', async () => {
    const { secret } = await hook();
    const { model_uid: uid, task_id: taskId } = await submit(api);
    const { lease } = await worker.claim();
    await settleTask(database.client.db, lease, { end: 'succeeded', stoppedEarly: true });
    await until(() => expect(received).toHaveLength(2));
    const messages = received.map(({ body, headers }) => new Webhook(secret).verify(body, headers));
    expect(messages).toMatchObject([
      { type: 'train.started', data: { task_id: taskId, model_uid: uid, stopped_early: false, error: null } },
      { type: 'train.succeeded', data: { task_id: taskId, model_uid: uid, stopped_early: true } },
    ]);
    const other = `whsec_${btoa('another secret of 24 bytes and more')}`;
    expect(() => new Webhook(other).verify(received[0]!.body, received[0]!.headers)).toThrow();
  });

  it('tells why a task failed, that one was canceled in the queue, and nothing of a task that is tried again', async () => {
    await hook({ events: ['train.failed', 'train.canceled'] });
    await submit(api);
    const first = await worker.claim();
    const error = { code: 'labels_missing', message: 'There are no labels.', remedy: 'Add labels.csv.' };
    await settleTask(database.client.db, first.lease, { end: 'crashed', error });
    const second = await worker.claim();
    await settleTask(database.client.db, second.lease, { end: 'failed', error });
    const { task_id: canceled } = await submit(api);
    await api.post(`/api/tasks/${canceled}/cancel`, {});
    await until(() => expect(received).toHaveLength(2));
    expect(received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'train.failed', data: { error } },
      { type: 'train.canceled', data: { task_id: canceled, error: null } },
    ]);
  });

  it('says that a task was started once, also when its worker gave it back in between', async () => {
    const { webhook_id: id } = await hook({ events: ['train.started'] });
    await submit(api);
    await settleTask(database.client.db, (await worker.claim()).lease, { end: 'released' });
    await new Promise(resolve => setTimeout(resolve, 5));
    await worker.claim();
    await until(async () => expect(await deliveries(id)).toMatchObject([{ state: 'delivered' }]));
  });

  it('leaves out what was not asked for and what happens while it is switched off', async () => {
    const { webhook_id: id } = await hook({ events: ['infer.succeeded'] });
    await submit(api);
    await worker.claim();
    expect(await deliveries(id)).toEqual([]);
    await api.get(`/api/webhooks/${id}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ events: [], enabled: false }),
    });
    await submit(api);
    await worker.claim();
    expect(await deliveries(id)).toEqual([]);
  });
});

describe('a receiver that', () => {
  const begin = async (more = {}) => {
    const { webhook_id: id } = await hook({ events: ['train.started'], ...more });
    await submit(api);
    await worker.claim();
    return id as string;
  };
  const attempted = (id: string, state: string, count = 1) =>
    until(async () => {
      const [delivery] = await deliveries(id);
      expect(delivery.attempts).toHaveLength(count);
      expect(delivery.state).toBe(state);
    });

  it('fails gets the same message again, under the same id, until it answers well', async () => {
    answer = response => (received.length === 1 ? response.writeHead(500).end('no') : ok(response));
    const id = await begin();
    await attempted(id, 'pending');
    const [waiting] = await deliveries(id);
    expect(waiting.attempts).toMatchObject([{ status: 500, error: 'The receiver answered 500.' }]);
    const seconds = (Date.parse(waiting.next_attempt_at) - Date.parse(waiting.attempts[0].at)) / 1000;
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThan(7);
    await passTime();
    await attempted(id, 'delivered', 2);
    const [done] = await deliveries(id);
    expect(done.attempts[1]).toMatchObject({ status: 204, error: null });
    expect(done).toMatchObject({ next_attempt_at: null, delivered_at: expect.any(String) });
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([done.delivery_id]));
  });

  it('hangs is given up after the timeout and delays no other', async () => {
    answer = (response, request) => {
      if (request.url === '/slow') setTimeout(() => ok(response), 6000);
      else ok(response);
    };
    const slow = await hook({ events: ['train.started'], url: address('/slow') });
    const quick = await begin();
    await attempted(quick, 'delivered');
    expect((await deliveries(slow.webhook_id))[0].attempts).toEqual([]);
    await attempted(slow.webhook_id, 'pending');
    const [{ attempts }] = await deliveries(slow.webhook_id);
    expect(attempts).toMatchObject([
      { status: null, error: 'The receiver could not be reached: no answer within 2 s.' },
    ]);
  });

  it('answers late, but in time, counts as told', async () => {
    answer = response => setTimeout(() => ok(response), 600);
    const id = await begin();
    await attempted(id, 'delivered');
    expect((await deliveries(id))[0].attempts[0].ms).toBeGreaterThan(550);
  });

  it('is not there, or sends elsewhere, is named with its reason', async () => {
    const closed = createServer();
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise(resolve => closed.close(resolve));
    const id = await begin({ url: `http://127.0.0.1:${port}/` });
    await attempted(id, 'pending');
    expect((await deliveries(id))[0].attempts[0].error).toContain('ECONNREFUSED');
    answer = response => response.writeHead(302, { Location: '/elsewhere' }).end();
    const redirected = await begin();
    await attempted(redirected, 'pending');
    expect((await deliveries(redirected))[0].attempts[0].error).toBe('The receiver answered 302.');
    expect(received.map(({ path }) => path)).toEqual(['/']);
  });

  it('answers 410 Gone is switched off', async () => {
    answer = response => response.writeHead(410).end();
    const id = await begin();
    await attempted(id, 'failed');
    expect((await json(api.get(`/api/webhooks/${id}`))).body.enabled).toBe(false);
  });

  it('fails ten times is given up; sending again by hand reaches it once it is back', async () => {
    answer = response => response.writeHead(503).end();
    const id = await begin();
    for (let count = 1; count < 10; count++) {
      await attempted(id, 'pending', count);
      await passTime();
    }
    await attempted(id, 'failed', 10);
    answer = ok;
    const [{ delivery_id: delivery }] = await deliveries(id);
    const resent = await json(api.post(`/api/webhooks/${id}/deliveries/${delivery}/resend`, {}));
    expect(resent).toMatchObject({ status: 202, body: { state: 'pending' } });
    await attempted(id, 'delivered', 11);
  });
});
