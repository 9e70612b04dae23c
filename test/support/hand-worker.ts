/** The worker played by hand: what it claims, finds out and stores, for tests of the API alone. */
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { NUMBERS_PER_POINT, type Skeleton } from '../../src/contract/pose.ts';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { type ClaimedTask, claimTask } from '../../src/queue/claim.ts';
import { withLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import type { TestApi } from './api.ts';
import type { TestDatabase } from './database.ts';
import { json, submit } from './training-request.ts';

const SKELETON: Skeleton = { keypoints: ['nose', 'tail "tip"'], edges: [[0, 1]] };

/** Frames of all keypoints, x, y, score each; NaN for what was not found. */
export interface StoredChunk {
  firstFrame: number;
  step?: number;
  times?: number[];
  points: number[][];
}

const isFound = (numbers: number[]) => numbers.some((x, i) => i % NUMBERS_PER_POINT === 0 && !Number.isNaN(x));

export function handWorker(database: TestDatabase, api: TestApi) {
  const db = () => database.client.db;
  const blobs = () => new PostgresBlobStore(database.client.sql);

  /** The next task; fails where there is none. */
  const claim = async (): Promise<ClaimedTask> => {
    const task = await claimTask(db(), { worker: 'hand', kinds: TASK_KINDS, leaseSeconds: 60 });
    if (!task) throw new Error('The queue is empty.');
    return task;
  };
  return {
    claim,

    /** A model that was trained; gives its uid. */
    async trained(skeleton = SKELETON): Promise<string> {
      const { model_uid: uid } = await submit(api);
      const { lease } = await claim();
      const best = await storeBlob(blobs(), Buffer.from(`weights of ${uid}`));
      await db().update(models).set({ skeleton, bestBlob: best.id }).where(eq(models.uid, uid));
      await settleTask(db(), lease, { end: 'succeeded' });
      return uid;
    },

    /** A queued inference. */
    async infer(uid: string, more: Record<string, unknown> = {}): Promise<{ results_id: number; task_id: string }> {
      const request = { video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: uid, ...more };
      const { status, body } = await json(api.post('/api/video-inference', request));
      if (status !== 200) throw new Error(JSON.stringify(body));
      return body;
    },

    async store(task: ClaimedTask, { firstFrame, step = 1, times, points }: StoredChunk): Promise<void> {
      await withLease(db(), task.lease, tx =>
        tx.insert(predictionChunks).values({
          inferenceId: task.inferenceId!,
          ...{ firstFrame, step, frames: points.length, found: points.filter(isFound).length },
          times: times ? new Uint8Array(Float64Array.from(times).buffer) : null,
          points: new Uint8Array(Float32Array.from(points.flat()).buffer),
        }),
      );
    },

    /** What the worker of an overlay leaves when it is done. */
    async finishOverlay(task: ClaimedTask, mp4: Uint8Array): Promise<void> {
      const { id } = await storeBlob(blobs(), mp4);
      await withLease(db(), task.lease, tx =>
        tx.update(inferences).set({ overlayBlob: id }).where(eq(inferences.id, task.inferenceId!)),
      );
      await settleTask(db(), task.lease, { end: 'succeeded' });
    },
  };
}
