/** Everyone who waits is told how many come before. */
import { beforeEach, expect, it } from 'vitest';
import { datasetChecks, models } from '../../src/db/schema.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { readEvents } from '../support/event-stream.ts';
import { handWorker } from '../support/hand-worker.ts';
import { dataset, json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '0.2' });
const hand = handWorker(database, api);
beforeEach(async () => {
  await database.client.db.delete(models);
  await database.client.db.delete(datasetChecks);
});

const waiting = async (path: string) => (await json(api.get(path))).body.waiting_before;

it('stands in models, tasks, inferences and checks and their lists, and is null once it is begun and ended', async () => {
  const trained = await hand.trained();
  const first = await submit(api);
  const second = await submit(api);
  const { results_id: id, task_id: video } = await hand.infer(trained);
  const prefer = { headers: { 'Content-Type': 'application/json', Prefer: 'wait=0' } };
  const check = await json(api.post('/api/datasets/check', { training_dataset: dataset }, prefer));
  expect(check.body.waiting_before).toBe(0);
  expect(await waiting(`/api/datasets/checks/${check.body.check_id}`)).toBe(0);
  expect(await waiting(`/api/models/${first.model_uid}`)).toBe(0);
  expect(await waiting(`/api/tasks/${second.task_id}`)).toBe(1);
  expect(await waiting(`/api/inferences/${id}`)).toBe(2);
  expect(await waiting(`/api/models/${trained}`)).toBeNull();
  const list = async (name: string) =>
    (await json(api.get(`/api/${name}`))).body[name].map((entry: { waiting_before: number }) => entry.waiting_before);
  expect(await list('models')).toEqual([1, 0, null]);
  expect(await list('inferences')).toEqual([2]);
  expect(await list('tasks')).toEqual([0, 2, 1, 0, null]);
  const { lease } = await hand.claim();
  expect(await waiting(`/api/models/${first.model_uid}`)).toBeNull();
  await settleTask(database.client.db, lease, { end: 'succeeded' });
  expect(await waiting(`/api/models/${first.model_uid}`)).toBeNull();
  expect(await waiting(`/api/tasks/${video}`)).toBe(1);
});

it('a stream tells whenever something before it is begun or canceled elsewhere', async () => {
  const [first, second, third] = [await submit(api), await submit(api), await submit(api)];
  const seen: Record<string, (number | null)[]> = { phase: [], model: [] };
  const leave = new AbortController();
  const response = await api.get(`/api/models/${third.model_uid}/events`, { signal: leave.signal });
  const over = (async () => {
    for await (const { event, data } of readEvents(response)) seen[event]?.push(data.waiting_before);
  })().catch(error => expect(error.name).toBe('AbortError'));
  await expect.poll(() => seen).toEqual({ phase: [2], model: [2] });
  await claimTask(database.client.db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 });
  await expect.poll(() => seen).toEqual({ phase: [2, 1], model: [2, 1] });
  expect((await api.post(`/api/tasks/${second.task_id}/cancel`, {})).status).toBe(200);
  await expect.poll(() => seen).toEqual({ phase: [2, 1, 0], model: [2, 1, 0] });
  expect(await waiting(`/api/models/${first.model_uid}`)).toBeNull();
  leave.abort();
  await over;
});
