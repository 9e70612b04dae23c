import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { epochs, models } from '../../src/db/schema.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { renewLease, withLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification

beforeEach(() => database.client.db.delete(models).then(() => {}));

async function newTraining() {
  const { db } = database.client;
  const [blob] = await database.client.sql`insert into blobs (sha256) values (gen_random_uuid()::text) returning id`;
  const [model] = await db
    .insert(models)
    .values({ trainingConfig: { num_epochs: 9 }, seed: 1, datasetBlob: blob!.id })
    .returning();
  await enqueueTask(db, { kind: 'train', modelUid: model!.uid, maxAttempts: 3 });
  return model!.uid;
}
const row = (modelUid: string, epoch: number) => ({
  modelUid,
  epoch,
  loss: 1 / (epoch + 1),
  valLoss: 2,
  lr: 1e-3,
  seconds: 1,
});

async function collect(response: Response, until: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  for await (const event of readEvents(response)) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

describe('GET /api/models/{uid}/events', () => {
  it('sends the state at once, each epoch as it is written, and ends with the training', async () => {
    const uid = await newTraining();
    const { db } = database.client;
    const { lease } = (await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 }))!;
    const response = await api.get(`/api/models/${uid}/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const received = collect(response, event => event.event === 'done');
    for (const epoch of [0, 1, 2]) {
      await withLease(db, lease, tx => tx.insert(epochs).values(row(uid, epoch)));
      await new Promise(resolve => setTimeout(resolve, 30));
    }
    await settleTask(db, lease, { end: 'succeeded' });
    const events = await received;
    expect(events.filter(({ event }) => event === 'epoch').map(({ id, data }) => [id, data.epoch])).toEqual([
      [expect.stringMatching(/^0\.[01]$/), 0],
      [expect.stringMatching(/^1\.[01]$/), 1],
      [expect.stringMatching(/^2\.[01]$/), 2],
    ]);
    const states = events.filter(({ event }) => event === 'model').map(({ data }) => data.state);
    expect([states[0], states.at(-1)]).toEqual(['active', 'succeeded']);
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded', stopped_early: false } });
  });

  it('goes on after Last-Event-ID, so that a reader who reconnects misses nothing and gets nothing twice', async () => {
    const uid = await newTraining();
    await database.client.db.insert(epochs).values([0, 1, 2, 3].map(epoch => row(uid, epoch)));
    const response = await api.get(`/api/models/${uid}/events`, { headers: { 'Last-Event-ID': '1' } });
    const events = await collect(response, ({ event, data }) => event === 'epoch' && data.epoch === 3);
    expect(events.filter(({ event }) => event === 'epoch').map(({ data }) => data.epoch)).toEqual([2, 3]);
  });

  it('shows a changed phase within a second', async () => {
    const uid = await newTraining();
    const { db } = database.client;
    const { lease } = (await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 }))!;
    const received = collect(await api.get(`/api/models/${uid}/events`), ({ data }) => data.phase === 'unpacking');
    await new Promise(resolve => setTimeout(resolve, 300));
    const begun = Date.now();
    await renewLease(db, lease, { phase: 'unpacking', progress: null, leaseSeconds: 60 });
    await received;
    expect(Date.now() - begun).toBeLessThan(1000);
  });

  it('is 404 for an unknown model', async () => {
    expect((await api.get('/api/models/5f0c3a52-0000-4000-8000-000000000000/events')).status).toBe(404);
  });
});

describe('GET /api/models/events', () => {
  it('sends the list at once and again when a model is added', async () => {
    const first = await newTraining();
    const events = readEvents(await api.get('/api/models/events'));
    expect((await events.next()).value!.data.models.map((model: { model_uid: string }) => model.model_uid)).toEqual([
      first,
    ]);
    const second = await newTraining();
    expect((await events.next()).value!.data.models.map((model: { model_uid: string }) => model.model_uid)).toEqual([
      second,
      first,
    ]);
    await events.return(undefined);
  });

  it('readers that leave give back all they held: one listening connection stays, however many came', async () => {
    await newTraining();
    for (let i = 0; i < 12; i++) {
      const leave = new AbortController();
      const events = readEvents(await api.get('/api/models/events', { signal: leave.signal }));
      await events.next();
      leave.abort();
    }
    const listening = sql`select count(*)::int as n from pg_stat_activity where query ilike 'listen%' and datname = current_database()`;
    const [count] = await database.client.db.execute<{ n: number }>(listening);
    expect(count!.n).toBeLessThanOrEqual(1);
    // And the server still answers others.
    expect((await api.get('/api/models')).status).toBe(200);
    await database.client.db.delete(models).where(eq(models.seed, 1));
  });
});
