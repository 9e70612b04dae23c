/** POST /api/datasets/check and what follows from it, with the worker played by hand. */
import { eq, sql } from 'drizzle-orm';
import { afterEach, describe, expect, it } from 'vitest';
import { collectBlobs } from '../../src/blobs/collect.ts';
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { datasetChecks, datasetSamples, models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { until } from '../support/road.ts';
import { config, dataset, json, sevenZipLike } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const db = () => database.client.db;
const NOW = { headers: { 'Content-Type': 'application/json', Prefer: 'wait=0' } };
const REPORT: DatasetReport = {
  ...{ format: 'coco', label_files: ['a.json'], frames: 2, labelled_frames: 1, channels: 1 },
  sizes: [{ width_px: 20, height_px: 10, frames: 1 }],
  keypoints: [{ name: 'nose', visible: 1 }],
  ...{ edges: [], symmetries: null, videos: [], duplicates: [], duplicate_frames: 0 },
  ...{ outside: { points: 0, examples: [] }, warnings: [], samples: [] },
};

const submitted = async (more: Record<string, unknown> = {}) =>
  json(api.post('/api/datasets/check', { training_dataset: dataset, ...more }, NOW));
const claim = async () => (await claimTask(db(), { worker: 'hand', kinds: TASK_KINDS, leaseSeconds: 60 }))!;

/** What a worker does with the oldest check. */
async function finish(report: DatasetReport = REPORT): Promise<void> {
  const task = await until(claim, Boolean, 'a check in the queue');
  await db().update(datasetChecks).set({ report }).where(eq(datasetChecks.id, task.checkId!));
  await db()
    .insert(datasetSamples)
    .values({ checkId: task.checkId!, seq: 0, png: Buffer.from('a picture') });
  await settleTask(db(), task.lease, { end: 'succeeded' });
}

afterEach(async () => {
  await db().delete(datasetChecks);
  await db().delete(models);
  await db().delete(blobs);
});

describe('POST /api/datasets/check', () => {
  it('waits for the report', async () => {
    const [answer] = await Promise.all([
      json(api.post('/api/datasets/check', { training_dataset: dataset })),
      finish(),
    ]);
    expect(answer).toMatchObject({ status: 200, body: { state: 'succeeded', report: REPORT, error: null } });
  });

  it('answers 202 with the place of the report where it takes longer than one waits', async () => {
    const response = await api.post('/api/datasets/check', { training_dataset: dataset }, NOW);
    const check = await response.json();
    expect([response.status, check.state, check.report]).toEqual([202, 'queued', null]);
    const place = response.headers.get('location')!;
    expect(place).toBe(`/api/datasets/checks/${check.check_id}`);
    await finish();
    expect((await json(api.get(place))).body).toMatchObject({ state: 'succeeded', report: REPORT });
    expect((await json(api.get(`/api/tasks/${check.task_id}`))).body).toMatchObject({
      ...{ kind: 'check', model_uid: null, check_id: check.check_id, results_id: null, state: 'succeeded' },
    });
  });

  it('answers with the sentence of a check that fails', async () => {
    const error = { code: 'image_missing', message: '2 images are not there.', remedy: 'Pack them.' };
    const fail = async () => {
      const { lease } = await until(claim, Boolean, 'a check in the queue');
      await settleTask(db(), lease, { end: 'failed', error });
    };
    const [{ status, body }] = await Promise.all([
      json(api.post('/api/datasets/check', { training_dataset: dataset })),
      fail(),
    ]);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'image_missing', detail: error.message, remedy: error.remedy });
  });

  it('takes a form, where a password of digits is a password', async () => {
    const form = new FormData();
    form.set('dataset_password', '00123');
    form.set('dataset_format', 'deeplabcut');
    form.set('training_config', JSON.stringify(config));
    form.set('training_dataset', new File([new Uint8Array(sevenZipLike(99))], 'data.7z'));
    const response = await fetch(`${api.url}/api/datasets/check`, {
      ...{ method: 'POST', body: form, headers: { Prefer: 'respond-async, wait=0' } },
    });
    expect(response.status).toBe(202);
    const [check] = await db().select().from(datasetChecks);
    expect(check!.datasetOptions).toEqual({ dataset_password: '00123', dataset_format: 'deeplabcut' });
  });

  it.each([
    ['no dataset', { training_dataset: null }, 'invalid_request', '/training_dataset'],
    ['a format that there is none of', { dataset_format: 'excel' }, 'invalid_request', '/dataset_format'],
    ['an empty password', { dataset_password: '' }, 'invalid_request', '/dataset_password'],
  ])('refuses %s', async (_, change, error, pointer) => {
    const { status, body } = await submitted(change);
    expect([status, body.error, body.errors[0].pointer]).toEqual([400, error, pointer]);
    expect(await db().select().from(datasetChecks)).toEqual([]);
    expect(await db().select().from(blobs).where(sql`sha256 is null`)).toEqual([]);
  });

  it('leaves a check that is canceled as canceled', async () => {
    const { body } = await submitted();
    await json(api.post(`/api/tasks/${body.task_id}/cancel`, {}));
    expect((await json(api.get(`/api/datasets/checks/${body.check_id}`))).body).toMatchObject({
      ...{ state: 'canceled', report: null },
    });
  });
});

describe('the pictures of a check', () => {
  it('are fetched one by one, and stay as they are', async () => {
    const { body } = await submitted();
    await finish();
    const picture = await api.get(`/api/datasets/checks/${body.check_id}/samples/0.png`);
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(picture.headers.get('cache-control')).toContain('immutable');
    expect(await picture.text()).toBe('a picture');
    for (const path of ['1.png', '0.jpg', 'x.png'])
      expect((await api.get(`/api/datasets/checks/${body.check_id}/samples/${path}`)).status).toBe(404);
  });

  it('of a check that is none are not found', async () => {
    for (const id of ['nonsense', '00000000-0000-4000-8000-000000000000'])
      expect((await json(api.get(`/api/datasets/checks/${id}`))).body).toMatchObject({ error: 'not_found' });
  });
});

describe('a training on a checked dataset', () => {
  const train = (more: Record<string, unknown>) =>
    json(api.post('/api/train-network', { training_config: config, ...more }));

  it('needs no second upload and reads it the same way, unless it says otherwise', async () => {
    const { body } = await submitted({ dataset_format: 'coco', dataset_password: 'secret' });
    const { status, body: answer } = await train({ check_id: body.check_id, dataset_labels: 'b.json' });
    expect(status).toBe(200);
    const [model] = await db().select().from(models).where(eq(models.uid, answer.model_uid));
    const [check] = await db().select().from(datasetChecks);
    expect(model!.datasetBlob).toBe(check!.datasetBlob);
    expect(model!.datasetOptions).toEqual({
      ...{ dataset_format: 'coco', dataset_password: 'secret', dataset_labels: 'b.json' },
    });
    // The password is nobody's business.
    const shown = JSON.stringify((await json(api.get(`/api/models/${answer.model_uid}`))).body);
    expect(shown).not.toContain('secret');
  });

  it('names one check or sends one dataset', async () => {
    const { body } = await submitted();
    const both = await train({ check_id: body.check_id, training_dataset: dataset });
    expect([both.status, both.body.errors[0].pointer]).toEqual([400, '/check_id']);
    const unknown = await train({ check_id: '00000000-0000-4000-8000-000000000000' });
    expect([unknown.status, unknown.body.error]).toEqual([404, 'not_found']);
  });

  it('finds the dataset in the store as long as the check is kept', async () => {
    await submitted();
    await db().update(blobs).set({ touchedAt: sql`now() - interval '2 days'` });
    expect(await collectBlobs(db(), 60)).toBe(0);
    await db().delete(datasetChecks);
    expect(await collectBlobs(db(), 60)).toBe(1);
  });
});
