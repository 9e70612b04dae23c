/** Event streams and their readers, who leave as they like, and a request that waits. */
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { settleTask } from '../../src/queue/settle.ts';
import { readEvents } from '../support/event-stream.ts';
import { until } from '../support/road.ts';
import { dataset, json, submit } from '../support/training-request.ts';
import type { Suite } from './world.ts';

const READERS = 10;
/** A stream that nobody ended asks again after half a second: MIN_INTERVAL_MS and POLL_SECONDS. */
const QUIET_MS = 1200;

export function testEventStreams({ runtime, server, database, world }: Suite): void {
  it('tell what happens, as it happens', async () => {
    const { db, sql: connection } = database.client;
    // The oldest is claimed first.
    await connection`delete from tasks where state = 'queued'`;
    const { model_uid: uid } = await submit(server);
    const events = readEvents(await server.get(`/api/models/${uid}/events`));
    expect((await events.next()).value).toMatchObject({ event: 'phase', data: { state: 'queued' } });
    const { lease } = await world().hand.claim();
    await settleTask(db, lease, { end: 'succeeded' });
    const rest: string[] = [];
    for await (const { event } of events) rest.push(event);
    expect(rest.at(-1)).toBe('done');
  });

  it('a request that waits for a report is answered once it is there', async () => {
    await database.client.sql`delete from tasks where state = 'queued'`;
    const headers = { 'Content-Type': 'application/json', Prefer: 'wait=60' };
    const waiting = json(server.post('/api/datasets/check', { training_dataset: dataset }, { headers }));
    const task = await until(
      () =>
        world()
          .hand.claim()
          .catch(() => null),
      Boolean,
      'a check in the queue',
    );
    await world().finishCheck(task!);
    expect(await waiting).toMatchObject({ status: 200, body: { state: 'succeeded', report: { format: 'coco' } } });
  });

  it(`${READERS} readers that leave are gone within seconds, with what they held`, async () => {
    const { model_uid: uid } = await submit(server);
    const readers = [];
    for (let i = 0; i < READERS; i++) {
      const leave = new AbortController();
      const response = await server.get(`/api/models/${uid}/events`, { signal: leave.signal });
      const events = readEvents(response);
      await events.next();
      readers.push(leave);
    }
    for (const leave of readers) leave.abort();
    const connections = async () => {
      const [row] = await database.client.db.execute<{ open: number; listening: number; asked: string | null }>(sql`
        select count(*)::int as open, count(*) filter (where query ilike 'listen%')::int as listening,
          max(query_start) filter (where query not like '%webhook_deliveries%')::text as asked
        from pg_stat_activity where datname = current_database() and application_name = 'sleap api'`);
      return row!;
    };
    // Nobody reads the tables any more, but for the sender of webhooks.
    await until(
      async () => {
        const { asked } = await connections();
        await new Promise(resolve => setTimeout(resolve, QUIET_MS));
        return asked === (await connections()).asked;
      },
      isQuiet => isQuiet,
      'the readers to be forgotten',
    );
    const { open, listening } = await connections();
    if (runtime === 'workerd') expect({ open, listening }).toEqual({ open: 0, listening: 0 });
    else expect(listening).toBe(1);
    expect((await server.get('/api/models')).status).toBe(200);
  });
}
