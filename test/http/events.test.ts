import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { modelEventSchema, taskEventSchema } from '../../src/contract/events.ts';
import { datasetChecks, epochs, models } from '../../src/db/schema.ts';
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

  it('tells the phase, how far it is, what happened and how it ended, each once as long as it stays the same', async () => {
    const uid = await newTraining();
    const { db } = database.client;
    const { lease } = (await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 }))!;
    const events: ReceivedEvent[] = [];
    const names = () => events.map(({ event }) => event);
    const over = (async () => {
      for await (const event of readEvents(await api.get(`/api/models/${uid}/events`))) events.push(event);
    })();
    await expect.poll(names).toEqual(['phase', 'log', 'model']);
    await withLease(db, lease, tx => tx.insert(epochs).values(row(uid, 0)));
    await expect.poll(names).toContain('epoch');
    const progress = { done: 3, total: 10, unit: 'steps', epoch: 1 } as const;
    for (let i = 0; i < 2; i++) await renewLease(db, lease, { phase: 'training', progress, leaseSeconds: 60 });
    await expect.poll(names).toContain('step');
    const error = { code: 'nan_loss', message: 'The loss became NaN.', remedy: null };
    await settleTask(db, lease, { end: 'failed', error });
    await over;
    const of = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data);
    expect(of('phase')).toMatchObject([
      { kind: 'train', state: 'active', phase: 'starting', attempt: 1, max_attempts: 3, worker: 'w', control: null },
      { state: 'active', phase: 'training' },
      { state: 'failed', phase: 'done' },
    ]);
    expect(of('step')).toEqual([{ ...progress, per_second: null, seconds_left: null }]);
    expect(of('log').map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info Worker w took it up: attempt 1 of 3.',
      'error The training failed. The loss became NaN.',
    ]);
    expect(of('model').at(-1)).toEqual(await (await api.get(`/api/models/${uid}`)).json());
    expect(of('done')).toEqual([{ state: 'failed', stopped_early: false, error }]);
    for (const { event, data, id } of events) modelEventSchema.parse({ event, data, ...(id !== null && { id }) });
    // Who comes later gets the end as well.
    const last = events.findLast(({ id }) => id !== null)!;
    const again = await collect(
      await api.get(`/api/models/${uid}/events?last_event_id=${last.id}`),
      event => event.event === 'done',
    );
    expect(again.map(({ event }) => event)).toEqual(['phase', 'step', 'model', 'done']);
  });

  it('begins from the start for an id that is none, or is of something else', async () => {
    const uid = await newTraining();
    await database.client.db.insert(epochs).values([0, 1].map(epoch => row(uid, epoch)));
    for (const id of ['nonsense', '77.99', '-1.0']) {
      const response = await api.get(`/api/models/${uid}/events?events=epoch`, { headers: { 'Last-Event-ID': id } });
      const events = await collect(response, ({ data }) => data.epoch === 1);
      expect(events.map(({ data }) => data.epoch)).toEqual([0, 1]);
    }
  });

  it('sends only what is wanted, and says which events there are', async () => {
    const uid = await newTraining();
    await database.client.db.insert(epochs).values(row(uid, 0));
    const events = await collect(await api.get(`/api/models/${uid}/events?events=epoch,model`), () => true);
    expect(events.map(({ event }) => event)).toEqual(['epoch']);
    const refused = await api.get(`/api/models/${uid}/events?events=epoch,inference`);
    expect(refused.status).toBe(400);
    expect((await refused.json()).remedy).toContain('phase, epoch, log, step, done, model');
  });

  it('says how soon to come back, keeps nothing open for HEAD, and tells what its events are', async () => {
    const uid = await newTraining();
    const reader = (await api.get(`/api/models/${uid}/events`)).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^retry: \d+\n\n/);
    await reader.cancel();
    expect((await api.get(`/api/models/${uid}/events`, { method: 'HEAD' })).status).toBe(200);
    const { paths, components } = await (await api.get('/openapi.json')).json();
    for (const [path, name] of [
      ['/api/models/{uid}/events', 'ModelEvent'],
      ['/api/tasks/{id}/events', 'TaskEvent'],
      ['/api/inferences/{id}/events', 'InferenceEvent'],
    ] as const) {
      const { content } = paths[path].get.responses['200'];
      expect(content['text/event-stream'].schema).toEqual({ $ref: `#/components/schemas/${name}` });
      expect(components.schemas[name].oneOf ?? components.schemas[name].anyOf).toHaveLength(
        name === 'TaskEvent' ? 5 : 6,
      );
    }
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['PhaseEvent', 'StepEvent', 'DoneEvent', 'LogLine', 'TaskLog']),
    );
  });

  it('is 404 for an unknown model', async () => {
    expect((await api.get('/api/models/5f0c3a52-0000-4000-8000-000000000000/events')).status).toBe(404);
  });
});

describe('GET /api/tasks/{id}/events', () => {
  it('tells of a check as of any other task, and is 404 for an unknown one', async () => {
    const { db, sql: run } = database.client;
    const [blob] = await run`insert into blobs (sha256) values (gen_random_uuid()::text) returning id`;
    const [check] = await db.insert(datasetChecks).values({ datasetBlob: blob!.id }).returning();
    const id = await enqueueTask(db, { kind: 'check', checkId: check!.id, maxAttempts: 1 });
    const received = collect(await api.get(`/api/tasks/${id}/events`), ({ event }) => event === 'done');
    const { lease } = (await claimTask(db, { worker: 'w', kinds: ['check'], leaseSeconds: 60 }))!;
    const progress = { done: 1, total: 2, unit: 'frames' } as const;
    await renewLease(db, lease, { phase: 'reading labels', progress, leaseSeconds: 60 });
    await settleTask(db, lease, { end: 'succeeded', progress });
    const events = await received;
    for (const { event, data, id } of events) taskEventSchema.parse({ event, data, ...(id !== null && { id }) });
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded' } });
    expect(events.filter(({ event }) => event === 'log').map(({ id }) => id)).toEqual(['-1.1', '-1.2']);
    expect(events.find(({ event }) => event === 'step')!.data).toMatchObject({ epoch: null, unit: 'frames' });
    expect((await api.get(`/api/tasks/${check!.id}/events`)).status).toBe(404);
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
