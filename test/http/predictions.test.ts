/** predictions.json and predictions.ndjson, during an inference and after it, however it ended. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type PredictedFrame, predictionsSchema } from '../../src/contract/inference-resource.ts';
import { models } from '../../src/db/schema.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

const { NaN: none } = Number;
async function running() {
  const uid = await hand.trained();
  const { results_id: id, task_id } = await hand.infer(uid);
  return { uid, id, task_id, task: await hand.claim() };
}
const whole = async (id: number, query = '') => {
  const { body } = await json(api.get(`/api/inferences/${id}/predictions.json${query}`));
  return predictionsSchema.parse(body);
};
const lines = async (id: number, query = '') => {
  const response = await api.get(`/api/inferences/${id}/predictions.ndjson${query}`);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const text = await response.text();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as PredictedFrame);
};
const numbers = (frames: PredictedFrame[]) => frames.map(({ frame }) => frame);

describe('predictions', () => {
  it('give each frame its time, its score and every keypoint with its own, rounded', async () => {
    const { uid, id, task } = await running();
    await hand.store(task, {
      firstFrame: 0,
      times: [0, 1 / 30],
      points: [
        [1.5, 2.123456, 0.9, none, none, 0.123456],
        [none, none, 0.1, none, none, 0.05],
      ],
    });
    const frames = [
      {
        ...{ frame: 0, time: 0, score: 1.0235 },
        keypoints: { nose: [1.5, 2.1235, 0.9], 'tail "tip"': [null, null, 0.1235] },
      },
      // Looked at, and nothing found.
      {
        ...{ frame: 1, time: 0.033333, score: null },
        keypoints: { nose: [null, null, 0.1], 'tail "tip"': [null, null, 0.05] },
      },
    ];
    expect(await whole(id)).toEqual({ results_id: id, model_uid: uid, state: 'active', frames_stored: 2, frames });
    expect(await lines(id)).toEqual(frames);
  });

  it('have no time where none was stored, and no score where the network gave none', async () => {
    const { id, task } = await running();
    await hand.store(task, { firstFrame: 0, points: [[5, 6, none, none, none, none]] });
    expect(await lines(id)).toEqual([
      { frame: 0, time: null, score: 0, keypoints: { nose: [5, 6, null], 'tail "tip"': [null, null, null] } },
    ]);
  });

  it('are whole and valid before the first frame is stored', async () => {
    const { id } = await running();
    expect(await whole(id)).toMatchObject({ state: 'active', frames_stored: 0, frames: [] });
    expect(await lines(id)).toEqual([]);
  });

  it('come in the order of the frames, in steps, whatever the order they were stored in', async () => {
    const { id, task } = await running();
    const frame = [1, 1, 1, 1, 1, 1];
    await hand.store(task, { firstFrame: 400, points: [frame] });
    await hand.store(task, { firstFrame: 0, step: 10, points: [frame, frame, frame] });
    await hand.store(task, { firstFrame: 30, step: 7, points: [frame, frame] });
    expect(numbers((await whole(id)).frames)).toEqual([0, 10, 20, 30, 37, 400]);
    expect(numbers(await lines(id))).toEqual([0, 10, 20, 30, 37, 400]);
    expect((await whole(id)).frames_stored).toBe(6);
  });

  it('go on behind a frame, which need not be one of theirs', async () => {
    const { id, task } = await running();
    const frame = [1, 1, 1, 1, 1, 1];
    await hand.store(task, { firstFrame: 0, step: 10, points: [frame, frame, frame] });
    await hand.store(task, { firstFrame: 30, step: 10, points: [frame, frame] });
    for (const [after, expected] of [
      [-1, [0, 10, 20, 30, 40]],
      [0, [10, 20, 30, 40]],
      [15, [20, 30, 40]],
      [20, [30, 40]],
      [39, [40]],
      [40, []],
      [999_999_999, []],
    ] as const) {
      expect(numbers(await lines(id, `?after=${after}`)), String(after)).toEqual(expected);
      expect(numbers((await whole(id, `?after=${after}`)).frames), String(after)).toEqual(expected);
    }
    for (const after of ['x', '-2', '1.5', '1e3'])
      expect((await api.get(`/api/inferences/${id}/predictions.json?after=${after}`)).status, after).toBe(400);
    expect((await api.get('/api/inferences/999999/predictions.ndjson')).status).toBe(404);
  });

  it('can be read after the inference failed or was canceled', async () => {
    const { id, task } = await running();
    await hand.store(task, { firstFrame: 0, points: [[1, 1, 1, 1, 1, 1]] });
    const error = { code: 'video_invalid', message: 'The video breaks off.', remedy: null };
    await settleTask(database.client.db, task.lease, { end: 'failed', error });
    expect(await whole(id)).toMatchObject({ state: 'failed', frames_stored: 1, frames: [{ frame: 0 }] });

    const other = await running();
    await hand.store(other.task, { firstFrame: 0, points: [[1, 1, 1, 1, 1, 1]] });
    expect((await json(api.post(`/api/tasks/${other.task_id}/cancel`, {}))).body.control).toBe('cancel');
    await settleTask(database.client.db, other.task.lease, { end: 'canceled' });
    expect(await whole(other.id)).toMatchObject({ state: 'canceled', frames_stored: 1, frames: [{ frame: 0 }] });
  });

  it('in the shape of the first service too have the numbers of the frames that were predicted', async () => {
    const { id, task } = await running();
    await hand.store(task, { firstFrame: 100, step: 10, points: [1, 2].map(x => [x, 0.5, 1, none, none, 0]) });
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    await json(api.post(`/api/inferences/${id}/overlay`, {}));
    const { body } = await json(api.get(`/api/inference-results?ids=${id}`));
    // The overlay's task is none of its business.
    expect(body).toMatchObject([{ id, state: 'succeeded' }]);
    expect(body[0].keypoints).toEqual({
      '100': { nose: [1, 0.5], 'tail "tip"': [null, null] },
      '110': { nose: [2, 0.5], 'tail "tip"': [null, null] },
    });
  });

  it('of many chunks are one list, without a gap and without a doubled separator', async () => {
    const { id, task } = await running();
    const points = Array.from({ length: 256 }, () => [1, 1, 1, 1, 1, 1]);
    for (let i = 0; i < 12; i++) await hand.store(task, { firstFrame: i * 256, points });
    const expected = Array.from({ length: 12 * 256 }, (_, frame) => frame);
    expect(numbers(await lines(id))).toEqual(expected);
    expect(numbers((await whole(id)).frames)).toEqual(expected);
  });
});
