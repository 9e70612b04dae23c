/** The seven routes as existing clients speak them, against the real app and database; a hand-driven queue stands for the worker. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { epochs, models, predictionChunks } from '../../src/db/schema.ts';
import { claimTask, type Lease } from '../../src/queue/claim.ts';
import { renewLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { config, dataset, json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);

// Each test finds an empty queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

async function claim(): Promise<Lease> {
  const task = await claimTask(database.client.db, { worker: 'hand', kinds: ['train', 'infer'], leaseSeconds: 60 });
  return task!.lease;
}
async function trained({ weights = true } = {}): Promise<string> {
  const { model_uid: uid } = await submit(api);
  const lease = await claim();
  const best = await storeBlob(new PostgresBlobStore(database.client.sql), Buffer.from(`weights of ${uid}`));
  const skeleton = { keypoints: ['nose', 'tail "tip"'], edges: [] };
  await database.client.db
    .update(models)
    .set({ skeleton, ...(weights ? { bestBlob: best.id } : {}) })
    .where(eq(models.uid, uid));
  await settleTask(database.client.db, lease, { end: 'succeeded' });
  return uid;
}
describe('GET /api/learning-stats', () => {
  it('is {} before the first epoch, then one column a name in the order loss, lr, val_loss, during and after training', async () => {
    const { model_uid: uid } = await submit(api);
    const path = `/api/learning-stats?model_uid=${uid}`;
    expect(await json(api.get(path))).toEqual({ status: 200, body: {} });
    const lease = await claim();
    const rows = [0, 1].map(epoch => ({
      modelUid: uid,
      epoch,
      loss: 0.5 - epoch / 10,
      valLoss: 0.6,
      lr: 1e-4,
      seconds: 1,
    }));
    await database.client.db.insert(epochs).values(rows);
    const expected = { loss: { '0': 0.5, '1': 0.4 }, lr: { '0': 1e-4, '1': 1e-4 }, val_loss: { '0': 0.6, '1': 0.6 } };
    const during = await json(api.get(path));
    expect(during.body).toEqual(expected);
    expect(Object.keys(during.body)).toEqual(['loss', 'lr', 'val_loss']);
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    expect((await json(api.get(path))).body).toEqual(expected);
  });

  it('is 404 for an unknown, a malformed and a missing uid', async () => {
    for (const query of ['?model_uid=5f0c3a52-0000-4000-8000-000000000000', '?model_uid=42', '']) {
      for (const route of ['learning-stats', 'model-info']) {
        const { status, body } = await json(api.get(`/api/${route}${query}`));
        expect([status, body.error]).toEqual([404, 'not_found']);
      }
    }
  });
});

describe('GET /api/model-info', () => {
  it('gives HTTP dates, and the encoder only where one was given', async () => {
    const uid = await trained();
    const { body } = await json(api.get(`/api/model-info?model_uid=${uid}`));
    const date = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
    expect(body).toMatchObject({ ...config, currently_training: false });
    expect(body.started_training_at).toMatch(date);
    expect(body.finished_training_at).toMatch(date);
    expect(body).not.toHaveProperty('pretrained_encoder');
    const given = { ...config, pretrained_encoder: 'vgg16' };
    const other = await json(api.post('/api/train-network', { training_dataset: dataset, training_config: given }));
    expect((await json(api.get(`/api/model-info?model_uid=${other.body.model_uid}`))).body.pretrained_encoder).toBe(
      'vgg16',
    );
    await json(api.post('/api/stop-training', other.body));
  });

  it('of a failed training is no longer training and carries the error', async () => {
    const { model_uid: uid } = await submit(api);
    const error = { code: 'labels_missing', message: 'There is no labels.csv in the archive.', remedy: 'Add it.' };
    await settleTask(database.client.db, await claim(), { end: 'failed', error });
    expect((await json(api.get(`/api/model-info?model_uid=${uid}`))).body).toMatchObject({
      currently_training: false,
      error,
    });
  });
});

describe('POST /api/stop-training', () => {
  it('tells the worker of an active training, and is 404 once nothing trains', async () => {
    const { model_uid: uid } = await submit(api);
    const lease = await claim();
    const stopped = await json(api.post('/api/stop-training', { model_uid: uid }));
    expect(stopped).toEqual({ status: 200, body: { success: expect.any(String) } });
    const { control } = await renewLease(database.client.db, lease, {
      phase: 'training',
      progress: null,
      leaseSeconds: 60,
    });
    expect(control).toBe('stop');
    await settleTask(database.client.db, lease, { end: 'succeeded', stoppedEarly: true });
    expect((await json(api.post('/api/stop-training', { model_uid: uid }))).status).toBe(404);
    for (const body of [{ model_uid: 'x' }, {}, { model_uid: 7 }])
      expect((await json(api.post('/api/stop-training', body))).status).toBe(404);
    expect((await json(api.post('/api/stop-training', 'no json'))).status).toBe(400);
  });
});

describe('POST /api/video-inference', () => {
  const video = (uid: string, more = {}) =>
    api.post('/api/video-inference', { video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: uid, ...more });

  it('answers {results_id, task_id} for a trained model, by JSON and by form', async () => {
    const uid = await trained();
    const { status, body } = await json(video(uid));
    expect(status).toBe(200);
    expect(body).toEqual({ results_id: expect.any(Number), task_id: expect.any(String) });
    const form = new FormData();
    form.set('model_uid', uid);
    form.set('video', new File(['a video'], 'clip.mp4'));
    const byForm = await json(fetch(`${api.url}/api/video-inference`, { method: 'POST', body: form }));
    expect(byForm.body.results_id).toBe(body.results_id + 1);
    const task = await json(api.get(`/api/tasks/${byForm.body.task_id}`));
    expect(task.body).toMatchObject({
      kind: 'infer',
      state: 'queued',
      results_id: byForm.body.results_id,
      model_uid: uid,
    });
    for (const id of [body.task_id, byForm.body.task_id])
      expect((await json(api.post(`/api/tasks/${id}/cancel`, {}))).body.state).toBe('canceled');
    expect((await json(api.post(`/api/tasks/${body.task_id}/cancel`, {}))).status).toBe(409);
  });

  it('is 404 for an unknown model, 409 while it trains and 409 without weights', async () => {
    expect((await video('5f0c3a52-0000-4000-8000-000000000000')).status).toBe(404);
    const { model_uid: uid } = await submit(api);
    expect((await json(video(uid))).body).toMatchObject({ status: 409, error: 'model_is_training' });
    await json(api.post('/api/stop-training', { model_uid: uid }));
    expect((await json(video(uid))).body).toMatchObject({ status: 409, error: 'model_has_no_weights' });
    expect((await json(video(await trained({ weights: false })))).status).toBe(409);
  });

  it('is 400 for an empty video or a missing name', async () => {
    const uid = await trained();
    expect((await json(video(uid, { video_base64: '' }))).body).toMatchObject({
      status: 400,
      detail: expect.stringContaining('0 bytes'),
    });
    expect((await json(video(uid, { file_name: undefined }))).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/file_name' }],
    });
  });
});

describe('GET /api/inference-results', () => {
  it('gives null until ready, then every frame and keypoint, hidden ones as [null, null]', async () => {
    const uid = await trained();
    const ids: number[] = [];
    for (const name of ['a', 'b']) {
      const form = { video_base64: btoa(name), file_name: `${name}.mp4`, model_uid: uid };
      ids.push((await json(api.post('/api/video-inference', form))).body.results_id);
    }
    const lease = await claim();
    const points = new Float32Array([1.5, 2.25, 0.9, Number.NaN, Number.NaN, 0, 3, 4.123456, 0.8, 5, 6, 0.7]);
    await database.client.db.insert(predictionChunks).values([
      { inferenceId: ids[0]!, firstFrame: 0, frames: 2, points: new Uint8Array(points.buffer) },
      { inferenceId: ids[0]!, firstFrame: 2, frames: 1, points: new Uint8Array(points.slice(0, 6).buffer) },
    ]);
    expect((await json(api.get(`/api/inference-results?ids=${ids[0]}`))).body).toMatchObject([
      { id: ids[0], keypoints: null, state: 'active' },
    ]);
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    const { status, body } = await json(api.get(`/api/inference-results?ids=${ids[1]},${ids[0]}`));
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { id: ids[1], keypoints: null, state: 'queued' },
      { id: ids[0], state: 'succeeded', warnings: [], error: null },
    ]);
    expect(body[1].keypoints).toEqual({
      '0': { nose: [1.5, 2.25], 'tail "tip"': [null, null] },
      '1': { nose: [3, 4.1235], 'tail "tip"': [5, 6] },
      '2': { nose: [1.5, 2.25], 'tail "tip"': [null, null] },
    });
  });

  it('is 400 for bad ids and 404 for unknown ones', async () => {
    for (const ids of ['', 'x', '1,,2', '1.5', '-1', '99999999999'])
      expect((await json(api.get(`/api/inference-results?ids=${ids}`))).status, ids).toBe(400);
    expect((await json(api.get('/api/inference-results'))).status).toBe(400);
    expect((await json(api.get('/api/inference-results?ids=123456'))).status).toBe(404);
  });
});

describe('GET /api/get-finished-training-at', () => {
  it('gives ISO 8601 or null in the order asked for', async () => {
    const done = await trained();
    const { model_uid: open } = await submit(api);
    const { body } = await json(api.get(`/api/get-finished-training-at?uids=${open},${done}`));
    expect(body).toEqual([
      { uid: open, finished_training_at: null },
      { uid: done, finished_training_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) },
    ]);
    expect((await json(api.get('/api/get-finished-training-at'))).status).toBe(400);
    expect((await json(api.get('/api/get-finished-training-at?uids=nonsense'))).status).toBe(400);
    expect(
      (await json(api.get('/api/get-finished-training-at?uids=5f0c3a52-0000-4000-8000-000000000000'))).status,
    ).toBe(404);
  });
});
