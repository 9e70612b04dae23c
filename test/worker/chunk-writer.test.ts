/** Predictions on their way into the database: what follows on becomes a chunk, what is there is left out by a retry, a lost lease writes nothing. */
import { asc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ChunkWriter, storedRuns } from '../../gpu-worker/infer/chunk-writer.ts';
import { inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { type ClaimedTask, claimTask } from '../../src/queue/claim.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const KEYPOINTS = 2;
let task: ClaimedTask;

beforeEach(async () => {
  const { db } = database.client;
  await db.delete(tasks);
  const [blob] = await db.insert(blobs).values({}).returning();
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1 }).returning();
  const own = { modelUid: model!.uid, videoBlob: blob!.id, fileName: 'v.mp4' };
  const [inference] = await db.insert(inferences).values(own).returning();
  await enqueueTask(db, { kind: 'infer', modelUid: model!.uid, inferenceId: inference!.id, maxAttempts: 3 });
  task = (await claimTask(db, { worker: 'hand', kinds: ['infer'], leaseSeconds: 60 }))!;
});

const context = () => ({ db: database.client.db, task });
const places = (indices: number[]) => indices.map(index => ({ index, timeSeconds: index / 10 }));
/** Each number tells its frame, its keypoint and its place. */
const pointsOf = (indices: number[]) =>
  Float32Array.from(indices.flatMap(index => [0, 1, 2, 3, 4, 5].map(i => index * 10 + i)));

async function rows() {
  const stored = await database.client.db
    .select()
    .from(predictionChunks)
    .where(eq(predictionChunks.inferenceId, task.inferenceId!))
    .orderBy(asc(predictionChunks.firstFrame));
  return stored.map(({ firstFrame, frames, step, times, points }) => ({
    firstFrame,
    frames,
    step,
    times: [...new Float64Array(new Uint8Array(times!).buffer)],
    points: [...new Float32Array(new Uint8Array(points).buffer)],
  }));
}

describe('the chunk writer', () => {
  it('makes one chunk of batches that follow one another, with times and points as they came', async () => {
    const writer = new ChunkWriter(context(), 1);
    for (const batch of [[0, 1, 2], [3, 4], [5]]) await writer.add(places(batch), pointsOf(batch));
    await writer.finish();
    const all = [0, 1, 2, 3, 4, 5];
    expect(await rows()).toEqual([
      { firstFrame: 0, frames: 6, step: 1, times: all.map(i => i / 10), points: [...pointsOf(all)] },
    ]);
    expect(pointsOf([7])).toHaveLength(3 * KEYPOINTS);
  });

  it('keeps frames of several places of the video apart, however they interleave, and knows its step', async () => {
    const writer = new ChunkWriter(context(), 2);
    for (const batch of [
      [0, 100],
      [2, 102, 4],
      [104, 106],
    ])
      await writer.add(places(batch), pointsOf(batch));
    await writer.finish();
    expect((await rows()).map(({ firstFrame, frames, step }) => ({ firstFrame, frames, step }))).toEqual([
      { firstFrame: 0, frames: 3, step: 2 },
      { firstFrame: 100, frames: 4, step: 2 },
    ]);
    expect(await storedRuns(context())).toEqual([
      { first: 0, last: 4, step: 2 },
      { first: 100, last: 106, step: 2 },
    ]);
  });

  it('counts the frames in which any keypoint was found', async () => {
    const writer = new ChunkWriter(context(), 1);
    const { NaN: none } = Number;
    const nothing = [none, none, 0.1, none, none, 0.1];
    const frames = [nothing, [none, none, 0.1, 3, 4, 0.9], nothing, [1, 2, 0.9, none, none, none]];
    await writer.add(places([0, 1, 2, 3]), Float32Array.from(frames.flat()));
    await writer.add(places([50]), Float32Array.from(nothing));
    await writer.finish();
    const { firstFrame, found } = predictionChunks;
    const counts = await database.client.db
      .select({ firstFrame, found })
      .from(predictionChunks)
      .where(eq(predictionChunks.inferenceId, task.inferenceId!))
      .orderBy(asc(firstFrame));
    expect(counts).toEqual([
      { firstFrame: 0, found: 2 },
      { firstFrame: 50, found: 0 },
    ]);
  });

  it('writes what is due without being asked, and begins a new chunk after it', async () => {
    const now = vi.spyOn(performance, 'now');
    const start = performance.now();
    const writer = new ChunkWriter(context(), 1);
    await writer.add(places([0]), pointsOf([0]));
    now.mockReturnValue(start + 10_000);
    await writer.add(places([1]), pointsOf([1]));
    now.mockRestore();
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1));
    await writer.add(places([2]), pointsOf([2]));
    await writer.finish();
    expect((await rows()).map(({ firstFrame, frames }) => [firstFrame, frames])).toEqual([
      [0, 2],
      [2, 1],
    ]);
  });

  it('never holds more than a chunk of frames', async () => {
    const writer = new ChunkWriter(context(), 1);
    for (let from = 0; from < 3000; from += 100) {
      const batch = Array.from({ length: 100 }, (_, i) => from + i);
      await writer.add(places(batch), pointsOf(batch));
    }
    await writer.finish();
    const chunks = await rows();
    expect(chunks.reduce((sum, { frames }) => sum + frames, 0)).toBe(3000);
    expect(Math.max(...chunks.map(({ frames }) => frames))).toBeLessThanOrEqual(1100);
  });

  it('writes nothing once the lease is lost, and says so', async () => {
    const writer = new ChunkWriter(context(), 1);
    await writer.add(places([0]), pointsOf([0]));
    await settleTask(database.client.db, task.lease, { end: 'canceled' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await rows()).toEqual([]);
  });
});
