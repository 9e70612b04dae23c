/** The seven routes as existing clients speak them, against the real app and database; a hand-driven queue stands for the worker. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { blobs, epochs, models, predictionChunks } from '../../src/db/schema.ts';
import { claimTask, type Lease } from '../../src/queue/claim.ts';
import { renewLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const api = useApi(database);

/** The 32 bytes of a 7z start header that announces `rest` more bytes, and those. */
function sevenZipLike(rest = 10, present = rest): Buffer {
  const bytes = Buffer.alloc(32 + present);
  bytes.set([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
  bytes.writeBigUInt64LE(0n, 12);
  bytes.writeBigUInt64LE(BigInt(rest), 20);
  return bytes;
}
const dataset = sevenZipLike().toString('base64');
const config = {
  test_fraction: 0.2,
  num_epochs: 2,
  learning_rate: 1e-4,
  backbone_model: 'unet',
  heads_sigma: 1.5,
  heads_output_stride: 4,
};

// Each test finds an empty queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

async function submit(): Promise<{ model_uid: string; task_id: string }> {
  const response = await api.post('/api/train-network', { training_dataset: dataset, training_config: config });
  expect(response.status).toBe(200);
  return response.json();
}
async function claim(): Promise<Lease> {
  const task = await claimTask(database.client.db, { worker: 'hand', kinds: ['train', 'infer'], leaseSeconds: 60 });
  return task!.lease;
}
async function trained({ weights = true } = {}): Promise<string> {
  const { model_uid: uid } = await submit();
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
const json = async (response: Promise<Response>) => {
  const answer = await response;
  return { status: answer.status, body: await answer.json() };
};

describe('POST /api/train-network', () => {
  it('answers {model_uid, task_id} and the training counts as running from that moment', async () => {
    const { model_uid: uid, task_id: task, ...more } = await submit();
    expect(more).toEqual({});
    expect([uid, task]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await json(api.get(`/api/model-info?model_uid=${uid}`))).body).toMatchObject({
      ...config,
      currently_training: true,
      started_training_at: null,
    });
    await json(api.post('/api/stop-training', { model_uid: uid }));
  });

  it('takes multipart/form-data, with the configuration as one field or as many', async () => {
    for (const fields of [{ training_config: config }, config] as Record<string, unknown>[]) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields))
        form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      form.set('training_dataset', new File([new Uint8Array(sevenZipLike(3_000_000))], 'data.7z'));
      const response = await fetch(`${api.url}/api/train-network`, { method: 'POST', body: form });
      const body = await response.json();
      expect(response.status, JSON.stringify(body)).toBe(200);
      expect((await json(api.get(`/api/model-info?model_uid=${body.model_uid}`))).body).toMatchObject(config);
      await json(api.post('/api/stop-training', { model_uid: body.model_uid }));
    }
  });

  it.each([
    ['a body that is not JSON', 'num_epochs=2', 'not_json'],
    ['a JSON array', [], 'invalid_request'],
    ['no dataset', { training_config: config }, 'invalid_request'],
    ['a dataset that is no string', { training_dataset: 5, training_config: config }, 'invalid_request'],
    ['a dataset that is not base64', { training_dataset: '*no*', training_config: config }, 'not_base64'],
    ['an empty dataset', { training_dataset: '', training_config: config }, 'invalid_request'],
    [
      'a dataset that is not an archive',
      { training_dataset: btoa('PK just a zip of 32 bytes or more ...'), training_config: config },
      'archive_invalid',
    ],
    [
      'a truncated archive',
      { training_dataset: sevenZipLike(900, 20).toString('base64'), training_config: config },
      'archive_invalid',
    ],
    [
      'an empty archive',
      { training_dataset: sevenZipLike(0).toString('base64'), training_config: config },
      'archive_invalid',
    ],
    ['no configuration', { training_dataset: dataset }, 'invalid_request'],
  ])('refuses %s with a sentence and stores nothing', async (_, body, error) => {
    const stored = async () => [await database.client.db.$count(models), await database.client.db.$count(blobs)];
    const before = await stored();
    const { status, body: problem } = await json(api.post('/api/train-network', body));
    expect(status).toBe(400);
    expect(problem).toMatchObject({ status: 400, code: 400, error, name: 'Bad Request', description: problem.detail });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['unknown backbone', { backbone_model: 'yolo' }, '/training_config/backbone_model', 'invalid_request'],
    [
      'an encoder at a stride it has not',
      { backbone_model: 'pretrained_encoder', backbone_config: {}, heads_output_stride: 32 },
      '/training_config/heads_output_stride',
      'invalid_request',
    ],
    [
      'two names of an encoder',
      { backbone_model: 'pretrained_encoder', pretrained_encoder: 'vgg16', backbone_config: { encoder: 'vgg19' } },
      '/training_config/backbone_config/encoder',
      'invalid_request',
    ],
    [
      'ImageNet weights of a unet',
      { encoder_weights: 'imagenet' },
      '/training_config/encoder_weights',
      'invalid_request',
    ],
    [
      'ImageNet weights and random ones',
      { backbone_model: 'resnet', backbone_config: { weights: 'random' }, encoder_weights: 'imagenet' },
      '/training_config/encoder_weights',
      'invalid_request',
    ],
    ['other weights', { encoder_weights: 'coco' }, '/training_config/encoder_weights', 'invalid_request'],
    ['impossible stride', { heads_output_stride: 3 }, '/training_config/heads_output_stride', 'invalid_request'],
    [
      'stride beyond max_stride',
      { heads_output_stride: 32 },
      '/training_config/heads_output_stride',
      'invalid_request',
    ],
    ['NaN', { learning_rate: Number.NaN }, '/training_config/learning_rate', 'invalid_request'],
    ['negative rate', { learning_rate: -1 }, '/training_config/learning_rate', 'invalid_request'],
    ['half an epoch', { num_epochs: 1.5 }, '/training_config/num_epochs', 'invalid_request'],
    ['no epoch', { num_epochs: 0 }, '/training_config/num_epochs', 'invalid_request'],
    ['all frames for validation', { test_fraction: 1 }, '/training_config/test_fraction', 'invalid_request'],
    ['negative fraction', { test_fraction: -0.1 }, '/training_config/test_fraction', 'invalid_request'],
    ['text for a number', { heads_sigma: '2.5' }, '/training_config/heads_sigma', 'invalid_request'],
    [
      'unknown backbone field',
      { backbone_config: { depth: 3 } },
      '/training_config/backbone_config',
      'invalid_request',
    ],
    [
      'odd max_stride',
      { backbone_config: { max_stride: 12 } },
      '/training_config/backbone_config/max_stride',
      'invalid_request',
    ],
    ['unknown encoder', { pretrained_encoder: 'resnet9000' }, '/training_config/pretrained_encoder', 'invalid_request'],
    ['unknown name', { learning_rte: 1 }, '/training_config', 'invalid_request'],
  ])('points at the faulty field: %s', async (_, change, pointer, error) => {
    const { status, body } = await json(
      api.post('/api/train-network', { training_dataset: dataset, training_config: { ...config, ...change } }),
    );
    expect(status).toBe(400);
    expect(body).toMatchObject({ error, errors: [{ pointer }] });
    expect(body.detail).toContain(body.errors[0].detail);
  });

  it('takes test_fraction 0 as an integer, and lists the strides that work when asked for another', async () => {
    const { body } = await json(
      api.post('/api/train-network', { training_dataset: dataset, training_config: { ...config, test_fraction: 0 } }),
    );
    expect(body.model_uid).toBeTypeOf('string');
    await json(api.post('/api/stop-training', { model_uid: body.model_uid }));
    const bad = await json(
      api.post('/api/train-network', {
        training_dataset: dataset,
        training_config: { ...config, heads_output_stride: 5 },
      }),
    );
    expect(bad.body.detail).toContain('1, 2, 4, 8, 16');
  });

  it('says which content types it takes', async () => {
    const response = await fetch(`${api.url}/api/train-network`, {
      method: 'POST',
      body: 'x',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(response.status).toBe(415);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('GET /api/learning-stats', () => {
  it('is {} before the first epoch, then one column a name in the order loss, lr, val_loss, during and after training', async () => {
    const { model_uid: uid } = await submit();
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
    const { model_uid: uid } = await submit();
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
    const { model_uid: uid } = await submit();
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
    const { model_uid: uid } = await submit();
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
    const { model_uid: open } = await submit();
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
