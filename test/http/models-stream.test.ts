/** What changes in the list of models, by `GET /api/models/events?events=model,deleted`, where the API listens and where it polls. */
import { beforeEach, describe, expect, it } from 'vitest';
import { modelsEventSchema } from '../../src/contract/events.ts';
import { epochs, models } from '../../src/db/schema.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { renewLease, withLease } from '../../src/queue/lease.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts';
import { json, submit } from '../support/training-request.ts';

const database = useDatabase();
const listening = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification
const polling = useApi(database, { POLL_SECONDS: '0.1', CHANGES: 'poll' });

beforeEach(() => database.client.db.delete(models).then(() => {}));

const ROW = { loss: 0.5, valLoss: 0.6, lr: 1e-3, seconds: 1 };
const patch = (api: typeof listening, uid: string, changes: object) =>
  api.get(`/api/models/${uid}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: JSON.stringify(changes),
  });

/** Follows until `leave`; gives what came so far. */
async function follow(api: typeof listening, query = 'events=model,deleted') {
  const gone = new AbortController();
  const response = await api.get(`/api/models/events?${query}`, { signal: gone.signal });
  const events: ReceivedEvent[] = [];
  const over = (async () => {
    for await (const event of readEvents(response)) events.push(event);
  })().catch(error => expect(error.name).toBe('AbortError'));
  await expect.poll(() => events[0]?.event).toBe('ready');
  return {
    events,
    of: (uid: string) => events.filter(({ data }) => data.model_uid === uid),
    leave: async () => {
      gone.abort();
      await over;
      for (const { event, data } of events) modelsEventSchema.parse({ event, data });
    },
  };
}

describe.each([
  ['listens', listening],
  ['polls', polling],
] as const)('where the API %s', (_, api) => {
  it('a reader is told that it is ready, then of each model that is new, changed or gone, and of no other', async () => {
    const [still, named, gone] = [await submit(api), await submit(api), await submit(api)];
    await api.post(`/api/tasks/${gone.task_id}/cancel`, {});
    const stream = await follow(api);
    expect(stream.events).toEqual([{ event: 'ready', id: null, data: { models: 3 } }]);
    await patch(api, named.model_uid, { name: 'open field' });
    expect((await api.get(`/api/models/${gone.model_uid}`, { method: 'DELETE' })).status).toBe(204);
    const fresh = await submit(api);
    await expect.poll(() => stream.of(fresh.model_uid).at(-1)?.data.waiting_before, { timeout: 5000 }).toBe(2);
    const resource = (await json(api.get(`/api/models/${fresh.model_uid}`))).body;
    expect(stream.of(fresh.model_uid)).toEqual([{ event: 'model', id: null, data: resource }]);
    expect(stream.of(named.model_uid).at(-1)).toMatchObject({ event: 'model', data: { name: 'open field' } });
    expect(stream.of(gone.model_uid)).toEqual([{ event: 'deleted', id: null, data: { model_uid: gone.model_uid } }]);
    expect(stream.of(still.model_uid)).toEqual([]);
    await stream.leave();
  });

  it('epochs, progress and a place in the queue are changes too', async () => {
    const { db } = database.client;
    const trained = await submit(api);
    const waits = await submit(api);
    const stream = await follow(api);
    const { lease } = (await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 }))!;
    await expect.poll(() => stream.of(waits.model_uid).at(-1)?.data.waiting_before, { timeout: 5000 }).toBe(0);
    await withLease(db, lease, tx => tx.insert(epochs).values({ modelUid: trained.model_uid, epoch: 0, ...ROW }));
    const progress = { done: 3, total: 10, unit: 'steps' } as const;
    await renewLease(db, lease, { phase: 'training', progress, leaseSeconds: 60 });
    await expect
      .poll(() => stream.of(trained.model_uid).at(-1)?.data, { timeout: 5000 })
      .toMatchObject({ state: 'active', epochs: 1, progress });
    await stream.leave();
  });
});

it('sends only what is wanted, and `ready` always', async () => {
  const { model_uid: uid, task_id: task } = await submit(polling);
  const stream = await follow(polling, 'events=deleted');
  await polling.post(`/api/tasks/${task}/cancel`, {});
  await polling.get(`/api/models/${uid}`, { method: 'DELETE' });
  await expect.poll(() => stream.events.length, { timeout: 5000 }).toBe(2);
  expect(stream.events.map(({ event }) => event)).toEqual(['ready', 'deleted']);
  await stream.leave();
});

it('refuses events that there are not, and the whole list beside its changes', async () => {
  const answer = (events: string) => json(polling.get(`/api/models/events?events=${events}`));
  const unknown = await answer('model,epoch');
  expect([unknown.status, unknown.body.remedy]).toEqual([
    400,
    expect.stringContaining('models, ready, model, deleted'),
  ]);
  const both = await answer('models,model');
  expect([both.status, both.body.remedy]).toEqual([400, expect.stringContaining('events=model,deleted')]);
  const events = readEvents(await polling.get('/api/models/events?events=models'));
  expect((await events.next()).value).toMatchObject({ event: 'models', data: { models: [] } });
  await events.return(undefined);
});

it('a change of more models than are read at a time comes whole, in one turn', async () => {
  const { sql } = database.client;
  const stream = await follow(polling);
  await sql`with made as (
      insert into models (training_config, seed) select '{}', 1 from generate_series(1, 350) returning uid)
    insert into tasks (kind, state, model_uid, max_attempts, finished_at) select 'import', 'succeeded', uid, 3, now() from made`;
  await expect.poll(() => stream.events.length, { timeout: 15_000 }).toBe(351);
  expect(new Set(stream.events.slice(1).map(({ data }) => data.model_uid)).size).toBe(350);
  await stream.leave();
});
