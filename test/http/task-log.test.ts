/** GET /api/tasks/{id}/log: the last lines, those after one, and all that come; a hand-driven queue stands for the worker. */
import { beforeEach, describe, expect, it } from 'vitest';
import { logLineSchema, taskLogSchema } from '../../src/contract/task-log.ts';
import { models } from '../../src/db/schema.ts';
import { addToLog } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

/** A task in a worker's hands whose log has `n` lines. */
async function begun(n: number) {
  const { task_id: id } = await submit(api);
  const { lease } = await hand.claim();
  const say = (...messages: string[]) =>
    addToLog(
      database.client.db,
      lease,
      messages.map(message => ({ level: 'info', message })),
    );
  await say(...Array.from({ length: n - 1 }, (_, i) => `Line ${i + 2}.`));
  return { id, lease, say };
}
const log = async (id: string, query = '') => {
  const { status, body } = await json(api.get(`/api/tasks/${id}/log${query}`));
  expect(status, JSON.stringify(body)).toBe(200);
  return taskLogSchema.parse(body);
};
const seqs = async (id: string, query = '') => (await log(id, query)).lines.map(({ seq }) => seq);

describe('the log of a task', () => {
  it('is given by its last hundred lines, or so many as were asked for, or those after one', async () => {
    const { id } = await begun(120);
    expect(await seqs(id)).toEqual(Array.from({ length: 100 }, (_, i) => i + 21));
    expect((await log(id, '?tail=2')).lines).toMatchObject([
      { seq: 119, level: 'info', message: 'Line 119.' },
      { seq: 120, level: 'info', message: 'Line 120.' },
    ]);
    expect(await seqs(id, '?after=117')).toEqual([118, 119, 120]);
    expect(await seqs(id, '?after=0')).toHaveLength(120);
    expect(await seqs(id, '?after=117&tail=1')).toEqual([120]);
    expect(await seqs(id, '?after=120')).toEqual([]);
  });

  it('is text for people where that is asked for', async () => {
    const { id } = await begun(2);
    const answer = await api.get(`/api/tasks/${id}/log`, { headers: { Accept: 'text/plain' } });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    const lines = (await answer.text()).split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info Worker hand took it up: attempt 1 of 3\.$/);
    expect(lines[1]).toMatch(/Z info Line 2\.$/);
    expect(lines.slice(2)).toEqual(['']);
  });

  it('is 404 for an unknown task, and 400 for what is no number of lines', async () => {
    const unknown = '5f0c3a52-0000-4000-8000-000000000000';
    for (const path of [`${unknown}/log`, `${unknown}/log?follow=true`, 'x/log'])
      expect((await api.get(`/api/tasks/${path}`)).status, path).toBe(404);
    const { id } = await begun(2);
    for (const query of ['tail=0', 'tail=5001', 'tail=x', 'after=-1', 'follow=maybe']) {
      const { status, body } = await json(api.get(`/api/tasks/${id}/log?${query}`));
      expect([status, body.error], query).toEqual([400, 'invalid_request']);
    }
  });
});

describe('following the log', () => {
  it.each([
    ['JSON lines', 'application/x-ndjson', 'application/json'],
    ['text', 'text/plain; charset=UTF-8', 'text/plain'],
  ])('gives, as %s, the last lines, each new one as it is written, and ends with the task', async (_, type, accept) => {
    const { id, lease, say } = await begun(10);
    const answer = await api.get(`/api/tasks/${id}/log?follow=true&tail=2`, { headers: { Accept: accept } });
    expect(answer.headers.get('content-type')).toBe(type);
    let text = '';
    const over = (async () => {
      for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) text += piece;
    })();
    await expect.poll(() => text, { timeout: 10_000 }).toContain('Line 10.');
    await say('Line 11.', 'Line 12.');
    await expect.poll(() => text, { timeout: 10_000 }).toContain('Line 12.');
    await say('Line 13.');
    const endedAt = Date.now();
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    await over;
    expect(Date.now() - endedAt).toBeLessThan(5000);
    const lines = text.trim().split('\n');
    const messages =
      type === 'application/x-ndjson'
        ? lines.map(line => logLineSchema.parse(JSON.parse(line)).message)
        : lines.map(line => line.split(' info ')[1]);
    const numbered = [9, 10, 11, 12, 13].map(n => `Line ${n}.`);
    expect(messages).toEqual([...numbered, 'The training is done.']);
  });

  it('of a task that has ended gives what there is, after the line that is known already', async () => {
    const { id, lease } = await begun(5);
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    const text = await (await api.get(`/api/tasks/${id}/log?follow=true&after=3`)).text();
    expect(
      text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).seq),
    ).toEqual([4, 5, 6]);
    expect((await api.get(`/api/tasks/${id}/log?follow=true`, { method: 'HEAD' })).status).toBe(200);
  });

  it('by readers that leave costs nothing afterwards: they hold no connection, and the service ends at once', async () => {
    const { id } = await begun(3);
    for (let i = 0; i < 10; i++) {
      const leave = new AbortController();
      const answer = await api.get(`/api/tasks/${id}/log?follow=true`, { signal: leave.signal });
      await answer.body!.getReader().read();
      leave.abort();
    }
    const { sql } = database.client;
    const [count] = await sql`select count(*)::int as n from pg_stat_activity
      where query ilike 'listen%' and datname = current_database()`;
    expect(count!.n).toBeLessThanOrEqual(1);
    expect(await seqs(id)).toEqual([1, 2, 3]);
  });
});
