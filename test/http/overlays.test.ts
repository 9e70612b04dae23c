/** Asking for an overlay, and getting its bytes as browsers do. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { overlayConfigSchema } from '../../src/contract/inference.ts';
import { inferences, models } from '../../src/db/schema.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

async function inferred({ frames = 1, fileName = 'v.mp4', end = 'succeeded' as 'succeeded' | 'canceled' } = {}) {
  const { results_id: id } = await hand.infer(await hand.trained(), { file_name: fileName });
  const task = await hand.claim();
  if (frames > 0) await hand.store(task, { firstFrame: 0, points: Array(frames).fill([1, 1, 1, 1, 1, 1]) });
  await settleTask(database.client.db, task.lease, { end });
  return id;
}
const ask = (id: number | string, body: unknown = {}) => json(api.post(`/api/inferences/${id}/overlay`, body));
const overlayOf = async (id: number) => (await json(api.get(`/api/inferences/${id}`))).body.overlay;
const mp4 = randomBytes(800_000);

async function withOverlay(fileName?: string) {
  const id = await inferred(fileName === undefined ? {} : { fileName });
  await ask(id);
  await hand.finishOverlay(await hand.claim(), mp4);
  return `/api/inferences/${id}/overlay.mp4`;
}

describe('POST /api/inferences/{id}/overlay', () => {
  it('queues a task with what was asked for, and its place is told', async () => {
    const id = await inferred();
    const response = await api.post(`/api/inferences/${id}/overlay`, { overlay_config: { trail_length: 20 } });
    const { task_id: taskId, ...more } = await response.json();
    expect([response.status, response.headers.get('location'), more]).toEqual([202, `/api/tasks/${taskId}`, {}]);
    expect((await json(api.get(`/api/tasks/${taskId}`))).body).toMatchObject({ kind: 'overlay', results_id: id });
    expect(await overlayOf(id)).toEqual({
      ...{ task_id: taskId, state: 'queued', phase: 'waiting for a worker', progress: null, error: null },
      overlay_config: { ...overlayConfigSchema.parse({}), trail_length: 20 },
      ready: false,
    });
    const [row] = await database.client.db.select().from(inferences).where(eq(inferences.id, id));
    expect(row!.overlayConfig).toEqual({ trail_length: 20 });
    expect((await hand.claim()).kind).toBe('overlay');
  });

  it('needs no body', async () => {
    const id = await inferred();
    const response = await fetch(`${api.url}/api/inferences/${id}/overlay`, { method: 'POST' });
    expect(response.status).toBe(202);
  });

  it('of a canceled inference draws the frames that are there', async () => {
    expect((await ask(await inferred({ end: 'canceled' }))).status).toBe(202);
  });

  it('waits for the inference, for the overlay before it, and for frames to draw', async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    expect(await ask(id)).toMatchObject({ status: 409, body: { error: 'inference_is_running' } });
    const task = await hand.claim();
    expect(await ask(id)).toMatchObject({ status: 409, body: { error: 'inference_is_running' } });
    await settleTask(database.client.db, task.lease, { end: 'canceled' });
    expect(await ask(id)).toMatchObject({ status: 409, body: { error: 'no_predictions' } });

    const other = await inferred();
    const { body } = await ask(other);
    const second = await ask(other);
    expect(second).toMatchObject({ status: 409, body: { error: 'overlay_is_running' } });
    expect(second.body.remedy).toContain(body.task_id);
  });

  it('is given once, however many ask at the same time', async () => {
    const id = await inferred();
    const statuses = (await Promise.all([1, 2, 3, 4].map(() => ask(id)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([202, 409, 409, 409]);
  });

  it.each([
    ['a negative trail', { overlay_config: { trail_length: -1 } }, '/overlay_config/trail_length'],
    ['an unknown field', { overlay_config: { colour: 'red' } }, '/overlay_config'],
    ['a field outside of overlay_config', { trail_length: 3 }, '/trail_length'],
    ['a text', { overlay_config: 'pretty' }, '/overlay_config'],
  ])('refuses %s with a pointer', async (_, body, pointer) => {
    const id = await inferred();
    expect(await ask(id, body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(await overlayOf(id)).toBeNull();
  });

  it('is 404 for an unknown inference and 400 for what is no JSON object', async () => {
    for (const id of [123456, 'x']) expect((await ask(id)).status).toBe(404);
    const id = await inferred();
    for (const body of ['no json', '[]', '5']) expect((await ask(id, body)).status, body).toBe(400);
  });

  it('made anew leaves the old one in place until it is done, also where it fails or is canceled', async () => {
    const id = await inferred();
    await ask(id, { overlay_config: { crf: 30 } });
    await hand.finishOverlay(await hand.claim(), Buffer.from('the first'));
    const bytes = async () => (await api.get(`/api/inferences/${id}/overlay.mp4`)).text();

    const { body } = await ask(id, { overlay_config: { crf: 10 } });
    const task = await hand.claim();
    expect(await overlayOf(id)).toMatchObject({ state: 'active', ready: true, overlay_config: { crf: 10 } });
    expect(await bytes()).toBe('the first');
    expect((await json(api.post(`/api/tasks/${body.task_id}/cancel`, {}))).status).toBe(200);
    await settleTask(database.client.db, task.lease, { end: 'canceled' });
    expect(await overlayOf(id)).toMatchObject({ state: 'canceled', ready: true });
    expect(await bytes()).toBe('the first');

    await ask(id, { overlay_config: { crf: 20 } });
    await hand.finishOverlay(await hand.claim(), Buffer.from('the second'));
    expect(await overlayOf(id)).toMatchObject({ state: 'succeeded', ready: true, overlay_config: { crf: 20 } });
    expect(await bytes()).toBe('the second');
  });
});

describe('GET /api/inferences/{id}/overlay.mp4', () => {
  it('is 404 with a remedy while there is none', async () => {
    const id = await inferred();
    const { status, body } = await json(api.get(`/api/inferences/${id}/overlay.mp4`));
    expect([status, body.error]).toEqual([404, 'not_found']);
    expect(body.remedy).toContain(`POST /api/inferences/${id}/overlay`);
    expect((await api.get('/api/inferences/123456/overlay.mp4')).status).toBe(404);
  });

  it('is the whole video, with its size, its version and its name', async () => {
    const path = await withOverlay('Mäuse 1.avi');
    for (const method of ['GET', 'HEAD']) {
      const response = await api.get(path, { method });
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'video/mp4',
        'content-length': String(mp4.length),
        'accept-ranges': 'bytes',
        'content-disposition': `inline; filename="M_use 1.overlay.mp4"; filename*=UTF-8''M%C3%A4use%201.overlay.mp4`,
        etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
      });
      const body = Buffer.from(await response.arrayBuffer());
      expect(Buffer.compare(body, method === 'GET' ? mp4 : Buffer.alloc(0))).toBe(0);
    }
  });

  it('is not sent again to who has it', async () => {
    const path = await withOverlay();
    const etag = (await api.get(path, { method: 'HEAD' })).headers.get('etag')!;
    for (const header of [etag, `"other", W/${etag}`, '*'])
      expect((await api.get(path, { headers: { 'If-None-Match': header } })).status, header).toBe(304);
    expect((await api.get(path, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=249999-250000', 249_999, 250_001],
    ['bytes=250000-499999', 250_000, 500_000],
    ['bytes=600000-', 600_000, 800_000],
    ['bytes=-5', 799_995, 800_000],
    ['bytes=799000-9999999', 799_000, 800_000],
  ])('gives the part %s', async (range, from, to) => {
    const response = await api.get(await withOverlay(), { headers: { Range: range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${mp4.length}`);
    expect(response.headers.get('content-length')).toBe(String(to - from));
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), mp4.subarray(from, to))).toBe(0);
  });

  it('refuses a part behind its end, and says how long it is', async () => {
    const response = await api.get(await withOverlay(), { headers: { Range: `bytes=${mp4.length}-` } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${mp4.length}`]);
    expect(await response.json()).toMatchObject({ error: 'range_not_satisfiable' });
  });

  it('gives a part only of the version that the client has (If-Range), and HEAD never one', async () => {
    const path = await withOverlay();
    const etag = (await api.get(path, { method: 'HEAD' })).headers.get('etag')!;
    const status = async (ifRange: string, method = 'GET') => {
      const response = await api.get(path, { method, headers: { Range: 'bytes=0-9', 'If-Range': ifRange } });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await status(etag)).toBe(206);
    for (const other of ['"other"', `W/${etag}`, 'Sun, 29 Nov 2026 20:00:00 GMT'])
      expect(await status(other), other).toBe(200);
    expect(await status(etag, 'HEAD')).toBe(200);
  });
});
