/** Inferences by the real worker: their settings, what they leave out, and what happens when they are canceled or their process dies. */
import { asc, eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceResult } from '../../src/contract/inference.ts';
import { predictionChunks } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, packDataset, repeated } from '../support/lab.ts';
import { roadOver, until } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
const worker = useWorker(database);
const { train, ended, infer, submitVideo, result } = roadOver(api);
let uid: string;
let video: Buffer;

beforeAll(async () => {
  video = await filmAnimal(30);
  worker.start();
  uid = await train({ num_epochs: 20, batches_per_epoch: 20 }, await packDataset());
  await ended(uid);
});
// One that failed half-way may have left none.
beforeEach(() => worker.start());

const framesIn = ({ keypoints }: InferenceResult) => Object.keys(keypoints!).map(Number);
const end = (id: number) =>
  until(
    () => result(id),
    value => !['queued', 'active'].includes(value.state),
    'the end of the inference',
  );
const chunks = (id: number) =>
  database.client.db
    .select()
    .from(predictionChunks)
    .where(eq(predictionChunks.inferenceId, id))
    .orderBy(asc(predictionChunks.firstFrame));

describe('the settings of an inference', () => {
  it('choose frames: ranges, every n-th', async () => {
    const all = await infer(uid, video);
    expect(framesIn(all)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    const some = await infer(uid, video, { frames: '3-9,20-', frame_step: 4 });
    expect(framesIn(some)).toEqual([3, 7, 20, 24, 28]);
    expect(some.progress).toMatchObject({ done: 5, total: 5, unit: 'frames' });
    for (const frame of framesIn(some)) expect(some.keypoints![frame]).toEqual(all.keypoints![frame]);
  });

  it('that choose no frame of the video fail with a sentence', async () => {
    expect(await infer(uid, video, { frames: '500-' })).toMatchObject({
      state: 'failed',
      error: { code: 'invalid_request', message: 'None of the frames 500- is in the video, which has 30.' },
    });
  });

  it('decide what a peak is and where it lies between pixels', async () => {
    const places = async (config: object) =>
      Object.values((await infer(uid, video, config)).keypoints!).flatMap(frame => Object.values(frame).flat());
    const everything = await places({ peak_threshold: 0 });
    expect(everything).not.toContain(null);
    expect((await places({ peak_threshold: 1 })).every(px => px === null)).toBe(true);
    // The maps have one pixel for eight of the video: stride 4 at half the size. Their own pixels lie at 8 n + 0.5 px.
    const rough = await places({ peak_threshold: 0, refinement: null });
    expect(rough.every(px => Math.abs((px! - 0.5) % 8) < 1e-3)).toBe(true);
    const local = await places({ peak_threshold: 0, refinement: 'local' });
    expect(local.every(px => Math.abs((px! - 0.5) % 2) < 1e-3 || Math.abs(((px! - 0.5) % 2) - 2) < 1e-3)).toBe(true);
    expect(local).not.toEqual(rough);
    expect(everything).not.toEqual(local);
    expect(await places({ peak_threshold: 0, batch_size: 7 })).toEqual(everything);
    expect(await places({ peak_threshold: 0, integral_patch_size: 3 })).not.toEqual(everything);
  });

  it('that this worker cannot follow are told of', async () => {
    const { warnings } = await infer(uid, video, { precision: 'mixed' });
    expect(warnings).toEqual(['This worker has no GPU with float16: it predicts in fp32, not in mixed precision.']);
  });
});

describe('the frames of an inference', () => {
  it('are stored with their times and scores, those without any peak too', async () => {
    const { id } = await submitVideo(uid, video, { peak_threshold: 1 });
    await end(id);
    const rows = await chunks(id);
    expect(rows.reduce((sum, { frames }) => sum + frames, 0)).toBe(30);
    const times = rows.flatMap(row => [...new Float64Array(new Uint8Array(row.times!).buffer)]);
    for (const [i, time] of times.entries()) expect(time).toBeCloseTo(i / 10, 3);
    const points = rows.flatMap(row => [...new Float32Array(new Uint8Array(row.points).buffer)]);
    const scores = points.filter((_, i) => i % 3 === 2);
    expect(scores.every(score => score > 0 && score < 1)).toBe(true);
  });
});

describe('an inference', () => {
  let long: Buffer;
  const FRAMES = 3000;
  beforeAll(async () => {
    long = await repeated(await filmAnimal(60), FRAMES / 60);
  });

  const underWay = async (batch_size: number) => {
    const submitted = await submitVideo(uid, long, { batch_size });
    await until(
      () => chunks(submitted.id),
      rows => rows.length > 0,
      'the first stored predictions',
    );
    return submitted;
  };

  it('whose process is killed goes on after what is stored: every frame once, those that were there untouched', async () => {
    const { id } = await underWay(1);
    process.kill(worker.computePid()!, 'SIGKILL');
    const before = await chunks(id);
    const done = await end(id);
    expect(done).toMatchObject({ state: 'succeeded', warnings: [], error: null });
    expect(framesIn(done)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
    const after = new Map((await chunks(id)).map(row => [row.firstFrame, row]));
    for (const row of before) expect(after.get(row.firstFrame)).toEqual(row);
    const whole = await infer(uid, long);
    expect(done.keypoints).toEqual(whole.keypoints);
  });

  it('that is canceled ends within a second and leaves what it has found', async () => {
    const { id, taskId } = await underWay(1);
    expect((await api.post(`/api/tasks/${taskId}/cancel`, {})).status).toBe(200);
    const askedAt = Date.now();
    expect(await end(id)).toMatchObject({ state: 'canceled' });
    // Told, not asserted to the millisecond: the machine may be busy.
    expect(Date.now() - askedAt).toBeLessThan(5000);
    expect((await chunks(id)).length).toBeGreaterThan(0);
  });

  it('of a bad video fails and the next one is done', async () => {
    const bad = await submitVideo(uid, Buffer.from('no video at all'));
    const good = await submitVideo(uid, video);
    expect(await end(bad.id)).toMatchObject({ state: 'failed', error: { code: 'video_invalid' } });
    expect(await end(good.id)).toMatchObject({ state: 'succeeded' });
  });
});
