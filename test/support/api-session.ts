/**
 * One session with the API, in the order in which a lab would make it: every route that speaks JSON is asked once or more often, and the worker
 * is played by hand in between. What was sent and answered becomes the examples of the API's description (test/http/examples.test.ts).
 *
 * A new route that speaks JSON is added here.
 */
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { datasetChecks, epochs, inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { taskLog, tasks, webhookDeliveries, workers } from '../../src/db/schema-queue.ts';
import { type ClaimedTask, claimTask } from '../../src/queue/claim.ts';
import { renewLease, withLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import type { TestApi } from './api.ts';
import type { TestDatabase } from './database.ts';
import {
  DATASET_REPORT,
  EPOCHS,
  EVALUATION,
  OVERLAY_CONFIG,
  PIXEL_ERROR,
  POINTS,
  SAMPLES,
  SKELETON,
  TRAINING_CONFIG,
  VIDEO,
} from './session-values.ts';
import { storeSamples } from './stored-samples.ts';
import { dataset } from './training-request.ts';
import { zipOf } from './zip-writer.ts';

export interface MadeRequest {
  method: string;
  path: string;
  /** JSON that was sent; absent: none. */
  request?: unknown;
  status: number;
  /** JSON of the answer; undefined: it is something else. */
  answer: unknown;
}

const WORKER = 'lab-pc:4711:2f3e08';

export async function haveSession(database: TestDatabase, api: TestApi): Promise<MadeRequest[]> {
  const made: MadeRequest[] = [];
  const { db, sql } = database.client;
  const session = {
    db,
    blobs: new PostgresBlobStore(sql),

    /** @param body an object is sent as JSON, bytes as they are. @returns the answer, {} where it is no JSON. */
    // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
    async ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<any> {
      const isJson = body !== undefined && !(body instanceof Uint8Array);
      const response = await fetch(api.url + path, {
        method,
        headers: isJson ? { 'Content-Type': 'application/json', ...headers } : headers,
        ...(body && { body: isJson ? JSON.stringify(body) : (body as Uint8Array<ArrayBuffer>) }),
      });
      const speaksJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
      const text = await response.text();
      const answer: unknown = speaksJson ? JSON.parse(text) : undefined;
      made.push({ method, path, ...(isJson && { request: body }), status: response.status, answer });
      return answer ?? {};
    },

    async claim(): Promise<ClaimedTask> {
      const task = await claimTask(db, { worker: WORKER, kinds: TASK_KINDS, leaseSeconds: 60 });
      if (!task) throw new Error('The queue is empty.');
      return task;
    },

    async log(taskId: string, ...messages: string[]): Promise<void> {
      await db.delete(taskLog).where(eq(taskLog.taskId, taskId));
      const lines = messages.map((message, i) => ({ taskId, seq: i + 1, level: 'info' as const, message }));
      await db.insert(taskLog).values(lines);
      await db.update(tasks).set({ logLines: lines.length }).where(eq(tasks.id, taskId));
    },
  };
  await checkDataset(session);
  const uid = await train(session);
  await exchangeModel(session, uid);
  await predict(session, uid);
  await beTold(session);
  await session.ask('DELETE', `/api/models/${uid}`);
  return made;
}

type Session = {
  db: TestDatabase['client']['db'];
  blobs: PostgresBlobStore;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<any>;
  claim(): Promise<ClaimedTask>;
  log(taskId: string, ...messages: string[]): Promise<void>;
};

async function checkDataset({ db, ask, claim, log }: Session): Promise<void> {
  await ask('GET', '/healthz');
  await ask('GET', '/readyz');
  await ask('GET', '/api/session');
  await ask('POST', '/api/session', {});
  const body = { training_dataset: dataset, dataset_format: 'coco' };
  await ask('POST', '/api/datasets/check', { training_dataset: 'QUJD' });
  const { check_id: id, task_id: taskId } = await ask('POST', '/api/datasets/check', body, { Prefer: 'wait=0' });
  const { lease } = await claim();
  await db.update(datasetChecks).set({ report: DATASET_REPORT }).where(eq(datasetChecks.id, id));
  await log(taskId, 'The dataset is read.', 'The dataset is in order.');
  await settleTask(db, lease, { end: 'succeeded' });
  await ask('GET', `/api/datasets/checks/${id}`);
}

/** @returns the uid of a model whose training was stopped after three epochs. */
async function train({ db, blobs, ask, claim, log }: Session): Promise<string> {
  const request = { training_config: TRAINING_CONFIG, training_dataset: dataset };
  const wrong = { ...request, training_config: { ...TRAINING_CONFIG, num_epochs: 0, colour: 'red' } };
  await ask('POST', '/api/train-network', wrong);
  const { model_uid: uid, task_id: taskId } = await ask('POST', '/api/train-network', request);
  const task = await claim();
  await db.insert(workers).values({ name: WORKER, device: 'CPU, wasm SIMD, 2 threads', taskId }).onConflictDoNothing();
  await log(taskId, 'The dataset is read: 20 labelled frames.', 'Epoch 0 ended.', 'Epoch 1 ended.', 'Epoch 2 ended.');
  const best = await storeBlob(blobs, Buffer.from('weights'));
  await withLease(db, task.lease, async tx => {
    await tx.insert(epochs).values(EPOCHS.map(row => ({ modelUid: uid, ...row, metrics: EVALUATION })));
    const found = {
      skeleton: SKELETON,
      frames: { train: 16, validation: 4, holdout: 0 },
      parameters: 80709,
      networkInput: { channels: 1 as const, widthPx: 640, heightPx: 480, frozen: false },
      environment: {
        sleap_microservice: '0.1.0',
        tfjs: '4.22.0',
        node: 'v22.21.1',
        device: 'CPU, wasm SIMD, 2 threads',
      },
    };
    const results = { bestBlob: best.id, bestEpoch: 2, pixelError: PIXEL_ERROR };
    const evaluation = { validation: EVALUATION, holdout: null };
    await tx
      .update(models)
      .set({ ...found, ...results, evaluation })
      .where(eq(models.uid, uid));
  });
  await storeSamples(db, uid, SAMPLES);
  const progress = { done: 12, total: 20, unit: 'steps', per_second: 4.2, seconds_left: 1.9 } as const;
  await renewLease(db, task.lease, { phase: 'training', progress, leaseSeconds: 60 });
  await ask('GET', `/api/learning-stats?model_uid=${uid}`);
  await ask('GET', '/api/tasks');
  await ask('GET', `/api/tasks/${taskId}`);
  await ask('GET', '/api/workers');
  await ask('POST', '/api/video-inference', { model_uid: uid, file_name: 'mouse.mp4', video_base64: btoa('a video') });
  await ask('POST', '/api/stop-training', { model_uid: uid });
  await settleTask(db, task.lease, { end: 'succeeded', stoppedEarly: true });
  await ask('POST', '/api/stop-training', { model_uid: uid });
  await ask('GET', `/api/model-info?model_uid=${uid}`);
  await ask('GET', `/api/get-finished-training-at?uids=${uid}`);
  await ask('GET', `/api/tasks/${taskId}/log`);
  await ask('PATCH', `/api/models/${uid}`, { name: 'open field', tags: ['mouse', 'top view'] });
  return uid;
}

async function exchangeModel({ ask }: Session, uid: string): Promise<void> {
  await ask('GET', `/api/models/${uid}`);
  await ask('GET', '/api/models');
  await ask('GET', '/api/models/00000000-0000-4000-8000-000000000000');
  await ask('GET', `/api/models/${uid}/metrics.json`);
  await ask('GET', `/api/models/${uid}/samples`);
  await ask('GET', `/api/models/${uid}/errors`);
  await ask('GET', `/api/models/curves?model_uid=${uid}&points=2`);
  await ask('GET', `/api/models/${uid}/files`);
  const zip = new Uint8Array(zipOf([{ name: 'config.json', content: '{}' }]));
  await ask('POST', '/api/models', { model_zip: 'QUJD' });
  const { upload_id: upload } = await ask('POST', '/api/uploads', zip, { 'Content-Type': 'application/octet-stream' });
  await ask('GET', `/api/uploads/${upload}`);
  await ask('GET', '/api/uploads');
  const { task_id: taskId } = await ask('POST', '/api/models', zip, { 'Content-Type': 'application/zip' });
  await ask('POST', `/api/tasks/${taskId}/cancel`);
  await ask('POST', `/api/tasks/${taskId}/cancel`);
}

async function predict({ db, ask, claim }: Session, uid: string): Promise<void> {
  await db.delete(tasks).where(eq(tasks.kind, 'import'));
  const { results_id: id } = await ask('POST', '/api/video-inference', {
    ...{ model_uid: uid, file_name: 'mouse.mp4', inference_config: { peak_threshold: 0.3, frames: '0-99' } },
    video_base64: btoa('a video'),
  });
  const task = await claim();
  await withLease(db, task.lease, async tx => {
    await tx.update(inferences).set({ video: VIDEO }).where(eq(inferences.id, id));
    await tx.insert(predictionChunks).values({
      ...{ inferenceId: id, firstFrame: 0, frames: POINTS.length, found: POINTS.length },
      times: new Uint8Array(Float64Array.from(POINTS, (_, i) => i / 30).buffer),
      points: new Uint8Array(Float32Array.from(POINTS.flat()).buffer),
    });
  });
  const progress = { done: 4, total: 100, unit: 'frames', per_second: 41.3, seconds_left: 2.3 } as const;
  await renewLease(db, task.lease, { phase: 'predicting', progress, leaseSeconds: 60 });
  await ask('GET', `/api/inferences/${id}`);
  await ask('POST', `/api/inferences/${id}/overlay`, {});
  await settleTask(db, task.lease, { end: 'succeeded' });
  await ask('GET', `/api/inference-results?ids=${id}`);
  await ask('GET', '/api/inferences');
  await ask('GET', `/api/inferences/${id}/predictions`);
  await ask('GET', `/api/inferences/${id}/predictions.json`);
  await ask('GET', `/api/inferences/${id}/suggestions?count=2`);
  await ask('POST', `/api/inferences/${id}/overlay`, { overlay_config: OVERLAY_CONFIG });
  await ask('DELETE', `/api/inferences/${id}`);
  await settleTask(db, (await claim()).lease, { end: 'succeeded' });
  await ask('DELETE', `/api/inferences/${id}`);
}

/** Webhooks: of a kind of event that does not happen here, so that nothing is sent while the session runs. */
async function beTold({ db, ask }: Session): Promise<void> {
  const { webhook_id: id } = await ask('POST', '/api/webhooks', {
    ...{ url: 'https://lab.example/hooks/sleap', events: ['train.failed'], description: 'the lab book' },
    secret: `whsec_${btoa('thirty-two bytes of the examples')}`,
  });
  await ask('GET', '/api/webhooks');
  await ask('GET', `/api/webhooks/${id}`);
  await ask('PATCH', `/api/webhooks/${id}`, { enabled: false });
  if (id !== undefined) {
    const error = { code: 'labels_missing', message: 'The dataset has no labels.', remedy: null };
    const data = { task_id: id, model_uid: id, results_id: null, check_id: null, stopped_early: false, error };
    const at = new Date();
    const [delivery] = await db
      .insert(webhookDeliveries)
      .values({
        ...{ webhookId: id, event: 'train.failed', state: 'delivered', deliveredAt: at, createdAt: at },
        payload: { type: 'train.failed', timestamp: at.toISOString(), data },
        attempts: [{ at: at.toISOString(), status: 204, ms: 38, error: null }],
      })
      .returning();
    await ask('GET', `/api/webhooks/${id}/deliveries`);
    await ask('POST', `/api/webhooks/${id}/deliveries/${delivery!.id}/resend`);
  }
  await ask('DELETE', `/api/webhooks/${id}`);
}
