/** Inferences on real videos whose predictions are known, for views that play them: the worker's own decoder says which frames there are, and when. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { eq } from 'drizzle-orm';
import type { Skeleton } from '../../src/contract/pose.ts';
import { inferences } from '../../src/db/schema.ts';
import type { ClaimedTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import type { TestApi } from './api.ts';
import type { TestDatabase } from './database.ts';
import { handWorker } from './hand-worker.ts';
import { decodeNumbers } from './numbered-video.ts';

export const SKELETON: Skeleton = {
  keypoints: ['nose', 'spine', 'tail'],
  edges: [
    [0, 1],
    [1, 2],
  ],
};

/** Places of the keypoints. */
export const [NOSE, SPINE, TAIL] = [0, 1, 2];

/** Of frame n: it wanders along the lower half of a numbered video; the tail is uncertain in every third frame, and missing in every tenth. */
export function pointsOf(n: number): number[] {
  const x = 20 + ((n * 2) % 110);
  const tail = n % 10 === 9 ? [Number.NaN, Number.NaN, 0.05] : [x - 12, 84, n % 3 === 0 ? 0.3 : 0.9];
  return [x + 12, 68, 0.95, x, 76 + 4 * Math.sin(n / 5), 0.85, ...tail];
}

export interface SeededInference {
  id: number;
  task: ClaimedTask;
  /** What the worker's decoder says of the frames. */
  times: number[];
  /** Stores the predictions of the frames from `from` to before `to`. */
  store: (from: number, to: number) => Promise<void>;
  succeed: () => Promise<void>;
}

interface SeedOptions {
  /** Stored from the start; all where nothing is said. */
  frames?: number;
  /** Still running. */
  isOpen?: boolean;
}

/** An inference on the numbered video at `path`. */
export async function seedInference(
  database: TestDatabase,
  api: TestApi,
  path: string,
  { frames, isOpen = false }: SeedOptions = {},
): Promise<SeededInference> {
  const hand = handWorker(database, api);
  const { db } = database.client;
  const bytes = await readFile(path);
  const uid = await hand.trained(SKELETON);
  const { results_id: id } = await hand.infer(uid, {
    video_base64: bytes.toString('base64'),
    file_name: basename(path),
  });
  const task = await hand.claim();
  const { info, times } = await decodeNumbers(path);
  await db.update(inferences).set({ video: info }).where(eq(inferences.id, id));
  const store = (from: number, to: number) =>
    hand.store(task, {
      firstFrame: from,
      times: times.slice(from, to),
      points: Array.from({ length: to - from }, (_, i) => pointsOf(from + i)),
    });
  const succeed = () => settleTask(db, task.lease, { end: 'succeeded' });
  if (frames !== 0) await store(0, frames ?? times.length);
  if (!isOpen) await succeed();
  return { id, task, times, store, succeed };
}
