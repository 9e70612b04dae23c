/** Deleting models and inferences: what goes with them, what stays, and what keeps them. */
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { collectBlobs } from '../../src/blobs/collect.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { readEvents } from '../support/event-stream.ts';
import { handWorker } from '../support/hand-worker.ts';
import { storeSamples } from '../support/stored-samples.ts';
import { config, json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' });
const hand = handWorker(database, api);

const remove = async (path: string) => {
  const answer = await api.get(path, { method: 'DELETE' });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
};
const succeed = async () => settleTask(database.client.db, (await hand.claim()).lease, { end: 'succeeded' });
const count = async (table: string, where = 'true') => {
  const [row] = await database.client.sql.unsafe(`select count(*)::int as n from ${table} where ${where}`);
  return row!.n as number;
};

/** Until so many of the service's transactions wait for a lock. */
async function waitFor(waiting: number): Promise<void> {
  while ((await count('pg_stat_activity', "datname = current_database() and wait_event_type = 'Lock'")) < waiting)
    await new Promise(resolve => setTimeout(resolve, 5));
}

/** A finished inference with one chunk and an overlay. */
async function inferred(uid: string): Promise<number> {
  const { results_id: id } = await hand.infer(uid);
  const task = await hand.claim();
  await hand.store(task, { firstFrame: 0, points: [[1, 2, 0.9, 3, 4, 0.8]] });
  await settleTask(database.client.db, task.lease, { end: 'succeeded' });
  expect((await api.post(`/api/inferences/${id}/overlay`, '')).status).toBe(202);
  await hand.finishOverlay(await hand.claim(), Buffer.from(`overlay ${id}`));
  return id;
}

describe('DELETE /api/models/{uid}', () => {
  it('takes all that is its own along, and lets go of the bytes that nothing else uses', async () => {
    const [uid, other] = [await hand.trained(), await hand.trained()];
    const id = await inferred(uid);
    await database.client.sql`insert into epochs values (${uid}, 0, 1, 1, 1, 1)`;
    await storeSamples(database.client.db, uid, { truth: [[1, 2]], found: { 0: [[1, 2, 0.5]] } });
    expect(await remove(`/api/models/${uid}`)).toEqual({ status: 204, body: null });
    expect((await api.get(`/api/models/${uid}`)).status).toBe(404);
    expect((await api.get(`/api/inferences/${id}`)).status).toBe(404);
    for (const table of ['tasks', 'epochs', 'inferences', 'model_files', 'sample_frames', 'sample_predictions'])
      expect(await count(table, `model_uid = '${uid}'`), table).toBe(0);
    expect(await count('prediction_chunks', `inference_id = ${id}`)).toBe(0);
    // Of the dataset that both were trained on, the two models' weights, the video and the overlay, the other model's stay.
    await collectBlobs(database.client.db, -1);
    expect(await count('blobs')).toBe(2);
    expect((await json(api.get(`/api/models/${other}`))).body).toMatchObject({ has_weights: true });
    expect((await remove(`/api/models/${uid}`)).status).toBe(404);
  });

  it('is refused while a task of it is open, with the task to cancel; afterwards it is not', async () => {
    const { model_uid: uid, task_id: task } = await submit(api);
    expect((await remove(`/api/models/${uid}`)).body).toMatchObject({
      ...{ status: 409, error: 'task_is_active' },
      detail: `Model ${uid} cannot be deleted: its training has not ended (task ${task}).`,
      remedy: `Wait until that task has ended, or end it: POST /api/tasks/${task}/cancel.`,
    });
    await hand.claim();
    expect((await remove(`/api/models/${uid}`)).status).toBe(409);
    await database.client.sql`update tasks set lease_until = now() where id = ${task}`;
    await api.post(`/api/tasks/${task}/cancel`, '');
    expect((await remove(`/api/models/${uid}`)).status).toBe(204);
  });

  it('is refused while another training still has to begin with its weights, and leaves that model whole later', async () => {
    const uid = await hand.trained();
    const { body: next } = await json(
      api.post('/api/train-network', { training_config: { ...config, resume_from: uid } }),
    );
    expect((await remove(`/api/models/${uid}`)).body).toMatchObject({
      error: 'task_is_active',
      detail: `Model ${uid} cannot be deleted: the training of model ${next.model_uid} goes on from it (task ${next.task_id}).`,
    });
    await succeed();
    expect((await remove(`/api/models/${uid}`)).status).toBe(204);
    expect((await json(api.get(`/api/models/${next.model_uid}`))).body).toMatchObject({ state: 'succeeded' });
    expect(await count('models', `uid = '${next.model_uid}' and base_uid is null and dataset_blob is not null`)).toBe(
      1,
    );
  });

  it('is told to who watches the list', async () => {
    const uid = await hand.trained();
    const events = readEvents(await api.get('/api/models/events'));
    await events.next();
    await remove(`/api/models/${uid}`);
    for await (const { data } of events)
      if (data.models.every((model: { model_uid: string }) => model.model_uid !== uid)) break;
  });
});

describe('DELETE /api/inferences/{id}', () => {
  it('takes its predictions and its overlay along, and leaves the model', async () => {
    const uid = await hand.trained();
    const [id, other] = [await inferred(uid), await inferred(uid)];
    expect(await remove(`/api/inferences/${id}`)).toEqual({ status: 204, body: null });
    expect((await api.get(`/api/inferences/${id}`)).status).toBe(404);
    expect(await count('tasks', `inference_id = ${id}`)).toBe(0);
    expect(await count('prediction_chunks', `inference_id = ${id}`)).toBe(0);
    expect((await json(api.get(`/api/inferences/${other}`))).body).toMatchObject({ frames_stored: 1 });
    expect((await api.get(`/api/models/${uid}`)).status).toBe(200);
    for (const gone of [id, 'x']) expect((await remove(`/api/inferences/${gone}`)).status).toBe(404);
  });

  it('is refused while its inference or its overlay is open', async () => {
    const uid = await hand.trained();
    const { results_id: id, task_id: task } = await hand.infer(uid);
    expect((await remove(`/api/inferences/${id}`)).body).toMatchObject({
      ...{ status: 409, error: 'task_is_active', remedy: expect.stringContaining(`/api/tasks/${task}/cancel`) },
    });
    await api.post(`/api/tasks/${task}/cancel`, '');
    const finished = await inferred(uid);
    await api.post(`/api/inferences/${finished}/overlay`, '');
    expect((await remove(`/api/inferences/${finished}`)).body.detail).toContain('an overlay has not ended');
    expect((await remove(`/api/models/${uid}`)).status).toBe(409);
    await succeed();
    expect((await remove(`/api/inferences/${finished}`)).status).toBe(204);
  });
});

describe('a deletion and a submission in the same moment', () => {
  it('end as if one came first: no fault of ours, and no task without its model', async () => {
    for (let round = 0; round < 4; round++) {
      const uid = await hand.trained();
      const id = await inferred(uid);
      const video = { video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: uid };
      const submissions = [
        api.post('/api/video-inference', video),
        api.post(`/api/inferences/${id}/overlay`, ''),
        api.post('/api/train-network', { training_config: { ...config, resume_from: uid } }),
      ];
      // Sooner or later, so that it meets them at every place.
      await new Promise(resolve => setTimeout(resolve, 3 * round));
      const deletion = await remove(`/api/models/${uid}`);
      const statuses = (await Promise.all(submissions)).map(answer => answer.status);
      for (const status of [deletion.status, ...statuses]) expect([200, 202, 204, 400, 404, 409]).toContain(status);
      const isGone = deletion.status === 204;
      expect(await count('models', `uid = '${uid}'`)).toBe(isGone ? 0 : 1);
      expect(
        statuses.every(status => status >= 400),
        `${deletion.status}: ${statuses}`,
      ).toBe(isGone);
      const open = await database.client.sql`update tasks set state = 'canceled', finished_at = now()
        where state = 'queued' returning id`;
      expect(open).toHaveLength(statuses.filter(status => status < 300).length);
    }
    expect(await count('tasks', 'model_uid not in (select uid from models)')).toBe(0);
  });

  it('do not wait for each other in a circle', async () => {
    const uid = await hand.trained();
    const id = await inferred(uid);
    const deletion = await database.client.db.transaction(async tx => {
      // As a submission of an overlay does it, with the deletion between its two steps.
      await tx.execute(sql`select from inferences where id = ${id} for update`);
      const deletion = remove(`/api/models/${uid}`);
      await waitFor(1);
      await tx.execute(sql`
        insert into tasks (kind, model_uid, inference_id, max_attempts) values ('overlay', ${uid}, ${id}, 3)`);
      return { deletion };
    });
    expect(await deletion.deletion).toMatchObject({ status: 409, body: { error: 'task_is_active' } });
    await succeed();
  });

  it('lets a submission that waits for the deletion find no model', async () => {
    const uid = await hand.trained();
    const { results_id: id } = await hand.infer(uid);
    await database.client.sql`update tasks set state = 'failed', finished_at = now() where state = 'queued'`;
    const waiting: Promise<Response>[] = [];
    await database.client.db.transaction(async tx => {
      await tx.execute(sql`select from inferences where id = ${id} for update`);
      await tx.execute(sql`select from models where uid = ${uid} for update`);
      waiting.push(api.post('/api/video-inference', { video_base64: btoa('v'), file_name: 'v', model_uid: uid }));
      waiting.push(api.post('/api/train-network', { training_config: { ...config, resume_from: uid } }));
      waiting.push(api.post(`/api/inferences/${id}/overlay`, ''));
      await waitFor(3);
      await tx.execute(sql`delete from models where uid = ${uid}`);
    });
    for (const response of waiting) {
      const { body } = await json(response);
      expect(body).toMatchObject({ status: 404, error: 'not_found' });
    }
    expect(await count('tasks', `model_uid = '${uid}'`)).toBe(0);
  });
});
