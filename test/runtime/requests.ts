/**
 * One request for each operation of the API, by its operationId in /openapi.json. The suite compares the names with what the server describes:
 * an operation without a request here fails it.
 */
import { config, dataset, submit } from '../support/training-request.ts';
import { zipOf } from '../support/zip-writer.ts';
import { KEY } from './server.ts';
import type { World } from './world.ts';

export interface OperationRequest {
  /** 200 where none is given. */
  status?: number;
  send(world: World): Promise<Response>;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TUS = { 'Tus-Resumable': '1.0.0' };

const get = (path: (world: World) => string): OperationRequest => ({ send: world => world.api.get(path(world)) });
const post = (
  path: (world: World) => string,
  body: (world: World) => unknown,
  status = 200,
  headers: Record<string, string> = {},
): OperationRequest => ({
  status,
  send: world => world.api.post(path(world), body(world), { headers: { ...JSON_TYPE, ...headers } }),
});
const patch = (world: World, path: string, body: unknown) =>
  world.api.get(path, { method: 'PATCH', headers: JSON_TYPE, body: JSON.stringify(body) });
const remove = (world: World, path: string) => world.api.get(path, { method: 'DELETE' });
const model = (rest: string) => (world: World) => `/api/models/${world.modelUid}${rest}`;
const inference = (rest: string) => (world: World) => `/api/inferences/${world.inferenceId}${rest}`;

/** A new upload by tus of as many bytes; gives its path. */
async function tusUpload(world: World, sizeBytes: number): Promise<string> {
  const headers = { ...TUS, 'Upload-Length': String(sizeBytes) };
  const begun = await world.api.get('/api/uploads', { method: 'POST', headers });
  return new URL(begun.headers.get('location')!, world.api.url).pathname;
}
const piece = (world: World, path: string, method: string, more: Record<string, string> = {}) =>
  world.api.get(path, {
    method,
    headers: { ...TUS, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream', ...more },
    body: 'bytes',
  });

/** A new webhook that nobody answers for; gives its path. */
async function webhook(world: World): Promise<string> {
  const made = await world.api.post('/api/webhooks', { url: 'http://127.0.0.1:9/' });
  return `/api/webhooks/${(await made.json()).webhook_id}`;
}

const FORMATS = ['json', 'ndjson', 'csv', 'slp', 'analysis.h5', 'dlc.csv', 'coco.json'];
/** downloadPredictionsAnalysisH5 for analysis.h5. */
const downloadId = (ending: string) =>
  `downloadPredictions${ending
    .split('.')
    .map(part => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}`;

export const REQUESTS: Record<string, OperationRequest> = {
  readHealth: get(() => '/healthz'),
  readReadiness: get(() => '/readyz'),
  readGauges: get(() => '/metrics'),
  signIn: post(
    () => '/api/session',
    () => ({ key: KEY }),
    204,
  ),
  readSession: get(() => '/api/session'),
  signOut: { status: 204, send: world => remove(world, '/api/session') },

  trainNetwork: post(
    () => '/api/train-network',
    () => ({ training_dataset: dataset, training_config: config }),
  ),
  readLearningStats: get(({ modelUid }) => `/api/learning-stats?model_uid=${modelUid}`),
  readModelInfo: get(({ modelUid }) => `/api/model-info?model_uid=${modelUid}`),
  stopTraining: {
    send: async ({ api }) => api.post('/api/stop-training', { model_uid: (await submit(api)).model_uid }),
  },
  readFinishedTrainingAt: get(({ modelUid }) => `/api/get-finished-training-at?uids=${modelUid}`),
  inferVideo: post(
    () => '/api/video-inference',
    ({ modelUid }) => ({ video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: modelUid }),
  ),
  readInferenceResults: get(({ inferenceId }) => `/api/inference-results?ids=${inferenceId}`),

  checkDataset: post(
    () => '/api/datasets/check',
    () => ({ training_dataset: dataset }),
    202,
    { Prefer: 'wait=0' },
  ),
  readDatasetCheck: get(({ checkId }) => `/api/datasets/checks/${checkId}`),
  readDatasetSample: get(({ checkId }) => `/api/datasets/checks/${checkId}/samples/0.png`),

  listModels: get(() => '/api/models?limit=2&state=succeeded&sort=-finished_at'),
  importModel: {
    status: 202,
    send: ({ api }) =>
      api.get('/api/models', {
        method: 'POST',
        headers: { 'Content-Type': 'application/zip' },
        body: new Uint8Array(zipOf([{ name: 'config.json', content: '{}' }])),
      }),
  },
  watchModels: get(() => '/api/models/events?events=model,deleted'),
  readModel: get(model('')),
  changeModel: { send: world => patch(world, model('')(world), { name: 'mice', tags: ['lab'] }) },
  deleteModel: {
    status: 204,
    send: async world => {
      // The oldest task is the one that is claimed.
      await world.database.client.sql`delete from tasks where state = 'queued'`;
      return remove(world, `/api/models/${await world.hand.trained()}`);
    },
  },
  watchModel: get(model('/events')),
  readMetrics: get(model('/metrics.json')),
  readSamples: get(model('/samples?after=-1')),
  readSamplePicture: get(model('/samples/0.jpg')),
  readEpochErrors: get(model('/errors?after=-1')),
  readCurves: get(({ modelUid }) => `/api/models/curves?model_uid=${modelUid}&points=40`),
  listModelFiles: get(model('/files')),
  downloadModelFile: get(model('/files/best_model.h5')),

  listInferences: get(({ modelUid }) => `/api/inferences?model_uid=${modelUid}&limit=1`),
  readInference: get(inference('')),
  deleteInference: {
    status: 204,
    send: async world => {
      const { results_id: id, task_id: task } = await world.hand.infer(world.modelUid);
      await world.api.post(`/api/tasks/${task}/cancel`, {});
      return remove(world, `/api/inferences/${id}`);
    },
  },
  downloadVideo: get(inference('/video')),
  watchInference: get(inference('/events')),
  listPredictionFiles: get(inference('/predictions')),
  ...Object.fromEntries(FORMATS.map(ending => [downloadId(ending), get(inference(`/predictions.${ending}`))])),
  readSuggestions: get(inference('/suggestions?count=5')),
  downloadSuggestionsSlp: get(inference('/suggestions.slp')),
  makeOverlay: post(inference('/overlay'), () => ({}), 202),
  downloadOverlay: get(inference('/overlay.mp4')),

  listTasks: get(() => '/api/tasks?kind=train,infer&limit=3'),
  readTask: { send: async world => world.api.get(`/api/tasks/${(await world.queued()).task_id}`) },
  cancelTask: { send: async world => world.api.post(`/api/tasks/${(await world.queued()).task_id}/cancel`, {}) },
  watchTask: { send: async world => world.api.get(`/api/tasks/${(await world.queued()).task_id}/events`) },
  readTaskLog: {
    send: async world => {
      const { task_id: task } = await (await world.api.get(model('')(world))).json();
      return world.api.get(`/api/tasks/${task}/log?tail=10`);
    },
  },
  listWorkers: get(() => '/api/workers'),

  createUpload: {
    status: 201,
    send: ({ api }) =>
      api.get('/api/uploads', { method: 'POST', body: 'a file', headers: { 'Content-Type': 'text/plain' } }),
  },
  listUploads: get(() => '/api/uploads'),
  describeUploads: { status: 204, send: ({ api }) => api.get('/api/uploads', { method: 'OPTIONS' }) },
  describeUpload: {
    status: 204,
    send: async world => world.api.get(await tusUpload(world, 5), { method: 'OPTIONS' }),
  },
  appendToUpload: { status: 204, send: async world => piece(world, await tusUpload(world, 5), 'PATCH') },
  overrideUpload: {
    status: 204,
    send: async world => piece(world, await tusUpload(world, 5), 'POST', { 'X-HTTP-Method-Override': 'PATCH' }),
  },
  readUploadOffset: {
    send: async world => world.api.get(await tusUpload(world, 5), { method: 'HEAD', headers: TUS }),
  },
  readUpload: { send: async world => world.api.get(await tusUpload(world, 5)) },
  deleteUpload: { status: 204, send: async world => remove(world, await tusUpload(world, 5)) },

  createWebhook: post(
    () => '/api/webhooks',
    () => ({ url: 'http://127.0.0.1:9/', events: ['import.failed'] }),
    201,
  ),
  listWebhooks: get(() => '/api/webhooks'),
  readWebhook: { send: async world => world.api.get(await webhook(world)) },
  changeWebhook: { send: async world => patch(world, await webhook(world), { enabled: false }) },
  deleteWebhook: { status: 204, send: async world => remove(world, await webhook(world)) },
  listDeliveries: { send: async world => world.api.get(`${await webhook(world)}/deliveries`) },
  resendDelivery: {
    status: 202,
    send: async world => {
      const path = await webhook(world);
      const { task_id: task } = await world.queued();
      await world.api.post(`/api/tasks/${task}/cancel`, {});
      const { deliveries } = await (await world.api.get(`${path}/deliveries`)).json();
      return world.api.post(`${path}/deliveries/${deliveries[0].delivery_id}/resend`, {});
    },
  },
};
