/** Inferences as resources and as streams of events; a hand-driven queue stands for the worker. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { inferenceResourceSchema } from '../../src/contract/inference-resource.ts';
import { inferences, models } from '../../src/db/schema.ts';
import { renewLease, withLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

const resource = async (id: number) =>
  inferenceResourceSchema.parse((await json(api.get(`/api/inferences/${id}`))).body);
const found = [1, 2, 0.9, 3, 4, 0.8];
const video = {
  ...{ widthPx: 640, heightPx: 480, fps: 29.97, frames: 300, codec: 'h264' },
  ...{ rotationDegrees: 90, variableRate: false },
};

describe('GET /api/inferences/{id}', () => {
  it('shows what was asked and where it stands, from the queue to the end', async () => {
    const uid = await hand.trained();
    const { results_id: id, task_id } = await hand.infer(uid, { file_name: 'mouse 1.mp4' });
    expect(await resource(id)).toMatchObject({
      ...{ results_id: id, task_id, model_uid: uid, file_name: 'mouse 1.mp4', state: 'queued' },
      ...{ video: null, frames_stored: 0, overlay: null, started_at: null, finished_at: null },
      ...{ keypoints: ['nose', 'tail "tip"'], edges: [[0, 1]] },
    });
    const task = await hand.claim();
    await withLease(database.client.db, task.lease, tx =>
      tx.update(inferences).set({ video }).where(eq(inferences.id, id)),
    );
    await hand.store(task, { firstFrame: 0, points: [found, found, found] });
    await hand.store(task, { firstFrame: 3, points: [found, found] });
    const progress = { done: 5, total: 300, unit: 'frames', per_second: 12.5, seconds_left: 23.6 } as const;
    await renewLease(database.client.db, task.lease, { phase: 'predicting', progress, leaseSeconds: 60 });
    expect(await resource(id)).toMatchObject({
      ...{ state: 'active', phase: 'predicting', progress, frames_stored: 5, finished_at: null },
      video: {
        ...{ width_px: 640, height_px: 480, fps: 29.97, frames: 300, codec: 'h264' },
        ...{ rotation_degrees: 90, variable_rate: false },
      },
    });
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    expect(await resource(id)).toMatchObject({ state: 'succeeded', finished_at: expect.any(String) });
  });

  it('is 404 for an unknown id and for what is none', async () => {
    for (const id of ['123456', 'x', '-1', '1.5', '99999999999']) {
      const { status, body } = await json(api.get(`/api/inferences/${id}`));
      expect([status, body.error], id).toEqual([404, 'not_found']);
      expect((await api.get(`/api/inferences/${id}/events`)).status, id).toBe(404);
    }
  });
});

describe('GET /api/inferences', () => {
  it('lists the newest first, of all models or of one', async () => {
    const [one, other] = [await hand.trained(), await hand.trained()];
    const ids: number[] = [];
    for (const uid of [one, other, one]) ids.push((await hand.infer(uid)).results_id);
    const list = async (query = '') => {
      const { body } = await json(api.get(`/api/inferences${query}`));
      return body.inferences.map((inference: { results_id: number }) => inference.results_id);
    };
    expect(await list()).toEqual([ids[2], ids[1], ids[0]]);
    expect(await list(`?model_uid=${one}`)).toEqual([ids[2], ids[0]]);
    expect(await list('?model_uid=5f0c3a52-0000-4000-8000-000000000000')).toEqual([]);
    expect((await api.get('/api/inferences?model_uid=42')).status).toBe(404);
  });

  it('lists at most 100, the newest', async () => {
    const uid = await hand.trained();
    const { results_id: first } = await hand.infer(uid);
    for (let i = 0; i < 100; i++) await hand.infer(uid);
    const { body } = await json(api.get('/api/inferences'));
    expect(body.inferences).toHaveLength(100);
    expect(body.inferences.at(-1).results_id).toBe(first + 1);
  });
});

describe('GET /api/inferences/{id}/events', () => {
  async function collect(id: number, events: ReceivedEvent[] = []): Promise<ReceivedEvent[]> {
    for await (const event of readEvents(await api.get(`/api/inferences/${id}/events`))) events.push(event);
    return events;
  }
  const step = () => new Promise(resolve => setTimeout(resolve, 30));

  it('sends the state at once, each change, and ends with the inference', async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    const task = await hand.claim();
    const received = collect(id);
    await step();
    for (const firstFrame of [0, 1, 2]) {
      await hand.store(task, { firstFrame, points: [found] });
      const progress = { done: firstFrame + 1, total: 3, unit: 'frames', per_second: 2, seconds_left: 1 } as const;
      await renewLease(database.client.db, task.lease, { phase: 'predicting', progress, leaseSeconds: 60 });
      await step();
    }
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    const events = await received;
    const states = events.filter(({ event }) => event === 'inference').map(({ data }) => data);
    expect(states[0]).toMatchObject({ state: 'active' });
    expect(states.at(-1)).toMatchObject({ state: 'succeeded', frames_stored: 3, progress: { per_second: 2 } });
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded', error: null } });
  });

  it('goes on while an overlay is made, and ends with it', async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    const task = await hand.claim();
    await hand.store(task, { firstFrame: 0, points: [found] });
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    expect((await collect(id)).map(({ event }) => event)).toEqual(['phase', 'log', 'log', 'inference', 'done']);
    await json(api.post(`/api/inferences/${id}/overlay`, {}));
    const events: ReceivedEvent[] = [];
    const received = collect(id, events);
    await expect.poll(() => events.map(({ event }) => event)).toContain('inference');
    await hand.finishOverlay(await hand.claim(), Buffer.from('an mp4'));
    const overlays = (await received).filter(({ event }) => event === 'inference').map(({ data }) => data.overlay);
    expect(overlays[0]).toMatchObject({ state: 'queued', ready: false });
    expect(overlays.at(-1)).toMatchObject({ state: 'succeeded', ready: true });
  });
});
