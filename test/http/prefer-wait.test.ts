/** `Prefer: wait=n` on submissions: the answer comes when the task has ended, or when the client's patience has. A hand-driven queue stands for the worker. */
import { beforeEach, describe, expect, it } from 'vitest';
import { models } from '../../src/db/schema.ts';
import { type Outcome, settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { until } from '../support/road.ts';
import { config, dataset } from '../support/training-request.ts';
import { zipOf } from '../support/zip-writer.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

const training = { training_config: config, training_dataset: dataset };
const post = (path: string, body: unknown, prefer?: string) =>
  api.post(path, body, { headers: { 'Content-Type': 'application/json', ...(prefer && { Prefer: prefer }) } });

/** Ends the next task that is queued, a moment after it was. */
async function work(outcome: Outcome): Promise<void> {
  const task = await until(() => hand.claim().catch(() => null), Boolean, 'a task in the queue');
  await settleTask(database.client.db, task!.lease, outcome);
}
async function answered(request: Promise<Response>) {
  const response = await request;
  return { status: response.status, applied: response.headers.get('preference-applied'), body: await response.json() };
}

interface Submission {
  path: string;
  body: unknown;
}
const SUBMISSIONS: Record<string, () => Promise<Submission>> = {
  'a training': async () => ({ path: '/api/train-network', body: training }),
  'an inference': async () => {
    const uid = await hand.trained();
    return {
      path: '/api/video-inference',
      body: { model_uid: uid, file_name: 'v.mp4', video_base64: btoa('a video') },
    };
  },
  'an import': async () => ({
    path: '/api/models',
    body: { model_zip: zipOf([{ name: 'config.json', content: '{}' }]).toString('base64') },
  }),
  'an overlay': async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    const task = await hand.claim();
    await hand.store(task, { firstFrame: 0, points: [[1, 1, 1, 1, 1, 1]] });
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    return { path: `/api/inferences/${id}/overlay`, body: {} };
  },
};

describe.each(Object.entries(SUBMISSIONS))('%s', (_, prepare) => {
  it('is answered once its task has ended, where the client prefers to wait', async () => {
    const { path, body } = await prepare();
    const [answer] = await Promise.all([answered(post(path, body, 'wait=30')), work({ end: 'succeeded' })]);
    expect(answer).toMatchObject({ applied: 'wait=30', body: { state: 'succeeded', error: null } });
    expect(answer.body.task_id).toBeTypeOf('string');
    expect(answer.status).toBeLessThan(300);
  });

  it('is answered at once, and says nothing of its task, where the client says nothing', async () => {
    const { path, body } = await prepare();
    const answer = await answered(post(path, body));
    expect(answer.applied).toBeNull();
    expect(answer.body).not.toHaveProperty('state');
    expect(answer.body).not.toHaveProperty('error');
  });
});

describe('a client that waits', () => {
  it('is told why the task failed, in the usual answer', async () => {
    const error = { code: 'labels_missing', message: 'There is no labels.csv in the archive.', remedy: 'Add it.' };
    const [answer] = await Promise.all([
      answered(post('/api/train-network', training, 'wait=30')),
      work({ end: 'failed', error }),
    ]);
    expect(answer).toMatchObject({ status: 200, body: { model_uid: expect.any(String), state: 'failed', error } });
  });

  it('waits no longer than it wants to, and 300 s at most', async () => {
    const started = Date.now();
    const answer = await answered(post('/api/train-network', training, 'respond-async, wait=1'));
    expect(answer).toMatchObject({ status: 200, applied: 'wait=1', body: { state: 'queued', error: null } });
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    const [capped] = await Promise.all([
      answered(post('/api/train-network', training, 'wait=999999999999')),
      work({ end: 'canceled' }).then(() => work({ end: 'canceled' })),
    ]);
    expect(capped).toMatchObject({ applied: 'wait=300', body: { state: 'canceled' } });
  });

  it.each(['respond-async', 'wait=soon', 'wait', 'foo; wait=3', 'nowait=3'])(
    'asks for nothing with "%s"',
    async prefer => {
      expect((await answered(post('/api/train-network', training, prefer))).applied).toBeNull();
    },
  );

  it('learns from a replayed answer how the task stands by now', async () => {
    const twice = () =>
      answered(
        api.post('/api/train-network', training, {
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'the same', Prefer: 'wait=0' },
        }),
      );
    const first = await twice();
    expect(first.body.state).toBe('queued');
    await work({ end: 'succeeded' });
    expect((await twice()).body).toEqual({ ...first.body, state: 'succeeded' });
    await database.client.db.delete(models);
    const { model_uid, task_id } = first.body;
    expect(await twice()).toEqual({ status: 200, applied: null, body: { model_uid, task_id } });
  });

  it('of a check has its wait confirmed too', async () => {
    const answer = await answered(post('/api/datasets/check', { training_dataset: dataset }, 'wait=0'));
    expect(answer).toMatchObject({ status: 202, applied: 'wait=0', body: { state: 'queued' } });
  });
});
