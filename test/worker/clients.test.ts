/**
 * The whole road as clients go it, against the real API and worker. The first of them is the one that existed before this service: it speaks
 * seven calls, JSON with base64, HTTP dates and polling, and reads exactly the members named here.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYPOINTS } from '../../demo/animal.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, packDataset, TINY } from '../support/lab.ts';
import { until } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const FRAMES = 6;
const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database);
let video: Buffer;
let dataset: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
  video = await filmAnimal(FRAMES);
});

/** "Sun, 31 Mar 2024 12:58:33 GMT", the only form in which it reads a time of model-info. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** The client of the first service: it knows 200 as the only success. */
const firstClient = {
  async call(method: 'GET' | 'POST', path: string, body?: object) {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${api.url}/api/${path}`, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
    });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(`${answer.code} ${answer.name}: ${answer.description}`);
    return answer;
  },
  trainNetwork: (training_config: object) =>
    firstClient.call('POST', 'train-network', { training_dataset: dataset.toString('base64'), training_config }),
  learningStats: (uid: string) => firstClient.call('GET', `learning-stats?model_uid=${uid}`),
  modelInfo: (uid: string) => firstClient.call('GET', `model-info?model_uid=${uid}`),
  finishedAt: (uid: string) => firstClient.call('GET', `get-finished-training-at?uids=${uid}`),
  stopTraining: (model_uid: string) => firstClient.call('POST', 'stop-training', { model_uid }),
  videoInference: (model_uid: string) =>
    firstClient.call('POST', 'video-inference', {
      ...{ video_base64: video.toString('base64'), file_name: 'mouse.mp4', model_uid },
    }),
  results: (ids: string) => firstClient.call('GET', `inference-results?ids=${ids}`),
};

describe('the client of the first service', () => {
  /** What its form sends, and the rest that makes a training short. */
  const form = { ...TINY, pretrained_encoder: null };

  it('trains, draws its charts, sends a video and gets every frame of it', async () => {
    const { model_uid: uid } = await firstClient.trainNetwork(form);
    expect(await firstClient.finishedAt(uid)).toEqual([{ uid, finished_training_at: null }]);
    const during = await firstClient.modelInfo(uid);
    expect(during).toMatchObject({ ...TINY, currently_training: true, finished_training_at: null });
    const early = firstClient.videoInference(uid);
    await expect(early).rejects.toThrow(/^409 Conflict: .*training/);

    const finished = async () => (await firstClient.finishedAt(uid))[0].finished_training_at;
    const at = await until(finished, time => time !== null, 'the end of the training');
    expect(new Date(at).toISOString()).toBe(at);
    const { currently_training, started_training_at, finished_training_at } = await firstClient.modelInfo(uid);
    expect(currently_training).toBe(false);
    expect(started_training_at).toMatch(HTTP_DATE);
    expect(finished_training_at).toMatch(HTTP_DATE);
    // One chart a column, a point an epoch.
    const stats = await firstClient.learningStats(uid);
    expect(Object.keys(stats)).toEqual(['loss', 'lr', 'val_loss']);
    for (const column of Object.values(stats)) expect(Object.keys(column as object)).toEqual(['0', '1', '2']);

    const { results_id: id } = await firstClient.videoInference(uid);
    expect(Number.isInteger(id)).toBe(true);
    const results = async () => firstClient.results(`${id}`);
    const [result] = await until(results, ([first]) => first.keypoints !== null, 'the results');
    expect(result.id).toBe(id);
    expect(Object.keys(result.keypoints)).toEqual(Array.from({ length: FRAMES }, (_, frame) => String(frame)));
    for (const points of Object.values(result.keypoints as Record<string, Record<string, unknown[]>>)) {
      expect(Object.keys(points)).toEqual([...KEYPOINTS]);
      for (const point of Object.values(points)) {
        expect(point).toHaveLength(2);
        for (const px of point) expect(px === null || typeof px === 'number').toBe(true);
      }
    }
  });

  it('stops a training, which then counts as finished, and reads of errors by their code, name and description', async () => {
    const forever = { ...form, num_epochs: 100_000, early_stopping: { stop_training_on_plateau: false } };
    const { model_uid: uid } = await firstClient.trainNetwork(forever);
    await until(
      () => firstClient.learningStats(uid),
      stats => stats.loss !== undefined,
      'the first epoch',
    );
    const { success } = await firstClient.stopTraining(uid);
    expect(success).toContain('stops');
    await until(
      () => firstClient.modelInfo(uid),
      info => !info.currently_training,
      'the stop',
    );
    await expect(firstClient.stopTraining(uid)).rejects.toThrow(/^404 Not Found: .*is not training/);
    await expect(firstClient.results('')).rejects.toThrow(/^400 Bad Request: /);
    await expect(firstClient.learningStats(crypto.randomUUID())).rejects.toThrow(/^404 Not Found: .*does not exist/);
  });
});
