/** Submissions that are sent twice with an Idempotency-Key, against the real app and database: what is done once, and when it is done again. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { readConfig } from '../../src/config.ts';
import { datasetChecks, models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { idempotencyKeys, tasks } from '../../src/db/schema-queue.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { startHousekeeping } from '../../src/service/housekeeping.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { config, dataset, sevenZipLike } from '../support/training-request.ts';
import { zipOf } from '../support/zip-writer.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);
const db = () => database.client.db;
const otherDataset = sevenZipLike(11).toString('base64');

beforeEach(async () => {
  await db().delete(datasetChecks);
  await db().delete(models);
  await db().delete(blobs);
});

async function send(path: string, key: string | null, body: unknown) {
  const headers = {
    'Content-Type': 'application/json',
    Prefer: 'wait=0',
    ...(key !== null && { 'Idempotency-Key': key }),
  };
  const response = await api.post(path, body, { headers });
  // The state may differ from one answer to the other, what was made may not.
  const { state: _, ...answer } = await response.json();
  return { status: response.status, replayed: response.headers.get('idempotency-replayed'), answer };
}
const training = (more: Record<string, unknown> = {}) => ({
  training_config: config,
  training_dataset: dataset,
  ...more,
});
const counted = async (rows: PromiseLike<unknown[]>) => (await rows).length;
const openTasks = () => counted(db().select().from(tasks).where(eq(tasks.state, 'queued')));

interface Submission {
  path: string;
  body: Record<string, unknown>;
  /** Another request, which the same key must not stand for. */
  other: Record<string, unknown>;
}
const zip = (text: string) => zipOf([{ name: 'config.json', content: text }]).toString('base64');

/** Of each kind one, and what it needs. */
const SUBMISSIONS: Record<string, () => Promise<Submission>> = {
  'a training': async () => ({
    path: '/api/train-network',
    body: training(),
    other: training({ training_config: { ...config, num_epochs: 3 } }),
  }),
  'a training on another dataset': async () => ({
    path: '/api/train-network',
    body: training(),
    other: training({ training_dataset: otherDataset }),
  }),
  'an inference': async () => {
    const body = { model_uid: await hand.trained(), file_name: 'v.mp4', video_base64: btoa('a video') };
    return { path: '/api/video-inference', body, other: { ...body, inference_config: { frame_step: 2 } } };
  },
  'an import': async () => ({
    path: '/api/models',
    body: { model_zip: zip('one') },
    other: { model_zip: zip('another') },
  }),
  'a check': async () => ({
    path: '/api/datasets/check',
    body: { training_dataset: dataset },
    other: { training_dataset: dataset, dataset_format: 'coco' },
  }),
  'an overlay': async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    const task = await hand.claim();
    await hand.store(task, { firstFrame: 0, points: [[1, 1, 1, 1, 1, 1]] });
    await settleTask(db(), task.lease, { end: 'succeeded' });
    return { path: `/api/inferences/${id}/overlay`, body: {}, other: { overlay_config: { crf: 30 } } };
  },
};

describe.each(Object.entries(SUBMISSIONS))('%s', (_, prepare) => {
  it('sent twice with one key is done once; another one with that key is refused', async () => {
    const { path, body, other } = await prepare();
    const key = randomUUID();
    const first = await send(path, key, body);
    expect(first.status).toBeLessThan(300);
    expect(first.replayed).toBeNull();
    const [blobsThen, tasksThen] = [await counted(db().select().from(blobs)), await openTasks()];
    const second = await send(path, key, body);
    expect(second).toEqual({ ...first, replayed: 'true' });
    const refused = await send(path, key, other);
    expect([refused.status, refused.answer.error]).toEqual([409, 'idempotency_key_reused']);
    expect([await counted(db().select().from(blobs)), await openTasks()]).toEqual([blobsThen, tasksThen]);
  });
});

describe('an Idempotency-Key', () => {
  it('makes one model of four requests that come at the same time', async () => {
    const key = randomUUID();
    const all = await Promise.all([1, 2, 3, 4].map(() => send('/api/train-network', key, training())));
    expect(new Set(all.map(({ answer }) => answer.model_uid)).size).toBe(1);
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(all.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    expect(await counted(db().select().from(models))).toBe(1);
    expect(await counted(db().select().from(blobs))).toBe(1);
  });

  it('does not mind the order of members, nor another route', async () => {
    const key = randomUUID();
    const { answer } = await send('/api/train-network', key, training());
    const reversed = Object.fromEntries(Object.entries(config).toReversed());
    const second = await send('/api/train-network', key, { training_dataset: dataset, training_config: reversed });
    expect(second).toMatchObject({ replayed: 'true', answer });
    expect((await send('/api/datasets/check', key, { training_dataset: dataset })).replayed).toBeNull();
  });

  it('gets the first answer although the model is gone, and leaves no file behind', async () => {
    const uid = await hand.trained();
    const body = { model_uid: uid, file_name: 'v.mp4', video_base64: btoa('a video') };
    const [train, infer] = [randomUUID(), randomUUID()];
    const [trained, inferred] = [
      await send('/api/train-network', train, training()),
      await send('/api/video-inference', infer, body),
    ];
    await db().delete(models);
    await db().delete(blobs);
    const again = [
      await send('/api/train-network', train, training()),
      await send('/api/video-inference', infer, body),
    ];
    expect(again.map(({ status, replayed }) => [status, replayed])).toEqual([
      [200, 'true'],
      [200, 'true'],
    ]);
    expect(again[0]!.answer).toMatchObject({ model_uid: trained.answer.model_uid });
    expect(again[1]!.answer).toMatchObject({ results_id: inferred.answer.results_id });
    expect(await db().select().from(blobs)).toEqual([]);
    expect(await db().select().from(models)).toEqual([]);
  });

  it('of a check that failed gets the same error again', async () => {
    const key = randomUUID();
    await send('/api/datasets/check', key, { training_dataset: dataset });
    const error = { code: 'image_missing', message: '2 images are not there.', remedy: 'Pack them.' };
    await settleTask(db(), (await hand.claim()).lease, { end: 'failed', error });
    expect(await send('/api/datasets/check', key, { training_dataset: dataset })).toMatchObject({
      ...{ status: 400, replayed: 'true', answer: { error: 'image_missing', remedy: 'Pack them.' } },
    });
  });

  it('of a request that was refused is free for the corrected one', async () => {
    const key = randomUUID();
    const wrong = await send('/api/train-network', key, training({ training_config: { ...config, num_epochs: 0 } }));
    expect(wrong.status).toBe(400);
    expect(await send('/api/train-network', key, training())).toMatchObject({ status: 200, replayed: null });
  });

  it('is good for a day', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    for (const key of [old, young]) await send('/api/train-network', key, training());
    const age = (key: string, hours: number) =>
      db()
        .update(idempotencyKeys)
        .set({ createdAt: sql`now() - make_interval(hours => ${hours})` })
        .where(eq(idempotencyKeys.key, key));
    await age(old, 25);
    await age(young, 23);
    const { client } = database;
    await startHousekeeping({ client, config: readConfig({}), blobs: new PostgresBlobStore(client.sql) })();
    const again = async (key: string) => (await send('/api/train-network', key, training())).replayed;
    expect([await again(old), await again(young)]).toEqual([null, 'true']);
  });

  it.each([
    ['is empty', ' '],
    ['is too long', 'k'.repeat(256)],
  ])('that %s is refused, and nothing is done', async (_, key) => {
    expect(await send('/api/train-network', key, training())).toMatchObject({
      status: 400,
      answer: { error: 'invalid_request' },
    });
    expect([await counted(db().select().from(models)), await counted(db().select().from(blobs))]).toEqual([0, 0]);
  });

  it('is not needed: without one, each request is its own', async () => {
    for (let i = 0; i < 2; i++)
      expect(await send('/api/train-network', null, training())).toMatchObject({ status: 200, replayed: null });
    expect(await counted(db().select().from(models))).toBe(2);
  });
});
