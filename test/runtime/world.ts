/** What the requests find: a trained model, an inference with predictions and an overlay, a dataset check; the worker is played by hand. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import { datasetChecks, datasetSamples, epochs, modelFiles } from '../../src/db/schema.ts';
import { settleTask } from '../../src/queue/settle.ts';
import type { TestApi } from '../support/api.ts';
import type { TestDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { storeSamples } from '../support/stored-samples.ts';
import { dataset, json } from '../support/training-request.ts';
import type { Column } from './matrix.ts';
import type { RuntimeName, RuntimeServer } from './server.ts';

/** More than two chunks of a blob. */
export const OVERLAY = randomBytes(800_000);
const FRAMES = 500;
const REPORT: DatasetReport = {
  ...{ format: 'coco', label_files: ['a.json'], frames: 2, labelled_frames: 1, channels: 1 },
  sizes: [{ width_px: 20, height_px: 10, frames: 1 }],
  keypoints: [{ name: 'nose', visible: 1 }],
  ...{ edges: [], symmetries: null, videos: [], duplicates: [], duplicate_frames: 0 },
  ...{ outside: { points: 0, examples: [] }, warnings: [], samples: [] },
};

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** What the parts of the suite work with. */
export interface Suite {
  runtime: RuntimeName;
  server: RuntimeServer;
  database: TestDatabase;
  world(): World;
  /** What was measured goes here. */
  column: Column;
}

export async function makeWorld(database: TestDatabase, api: TestApi) {
  const { db, sql } = database.client;
  const hand = handWorker(database, api);
  const settle = (task: Awaited<ReturnType<typeof hand.claim>>) => settleTask(db, task.lease, { end: 'succeeded' });

  const modelUid = await hand.trained();
  const h5 = await storeBlob(new PostgresBlobStore(sql), randomBytes(300_000));
  await db.insert(modelFiles).values({ modelUid, name: 'best_model.h5', blobId: h5.id, sizeBytes: h5.sizeBytes });
  await db.insert(epochs).values({ modelUid, epoch: 0, loss: 0.5, valLoss: 0.6, lr: 1e-4, seconds: 1 });
  await storeSamples(db, modelUid, { truth: [[1, 2, 3, 4]], found: { 0: [[1, 2, 0.9, 3, 4, 0.8]] } });

  const { results_id: inferenceId } = await hand.infer(modelUid, { file_name: 'mouse 1.mp4' });
  const inference = await hand.claim();
  const points = Array.from({ length: FRAMES }, (_, frame) => [frame, 1, 0.9, 3, 4, 0.8]);
  await hand.store(inference, { firstFrame: 0, points });
  await settle(inference);
  await json(api.post(`/api/inferences/${inferenceId}/overlay`, {}));
  await hand.finishOverlay(await hand.claim(), OVERLAY);

  const prefer = { headers: { 'Content-Type': 'application/json', Prefer: 'wait=0' } };
  const { body } = await json(api.post('/api/datasets/check', { training_dataset: dataset }, prefer));
  const checkId: string = body.check_id;
  const finishCheck = async (task: Awaited<ReturnType<typeof hand.claim>>) => {
    const id = task.checkId!;
    await db.update(datasetChecks).set({ report: REPORT }).where(eq(datasetChecks.id, id));
    await db.insert(datasetSamples).values({ checkId: id, seq: 0, png: Buffer.from('a picture') });
    await settle(task);
  };
  await finishCheck(await hand.claim());

  return {
    ...{ api, database, hand, modelUid, inferenceId, checkId, finishCheck },
    /** A task that nobody works on yet, and its model. */
    queued: async (): Promise<{ task_id: string; model_uid: string }> => {
      const { task_id } = await hand.infer(modelUid);
      return { task_id, model_uid: modelUid };
    },
  };
}
