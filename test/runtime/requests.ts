/**
 * One request for each operation of the API, by its operationId in /openapi.json, or by "METHOD path" for a route that is not described there.
 * The suite compares the names with what the server describes: a route without a request here fails it.
 */
import { config, dataset, submit } from '../support/training-request.ts';
import { zipOf } from '../support/zip-writer.ts';
import type { World } from './world.ts';

export interface OperationRequest {
  /** 200 where none is given. */
  status?: number;
  send(world: World): Promise<Response>;
}

const get = (path: (world: World) => string): OperationRequest => ({ send: world => world.api.get(path(world)) });
const post = (
  path: (world: World) => string,
  body: (world: World) => unknown,
  status = 200,
  headers: Record<string, string> = {},
): OperationRequest => ({
  status,
  send: world =>
    world.api.post(path(world), body(world), { headers: { 'Content-Type': 'application/json', ...headers } }),
});
const model = (rest: string) => (world: World) => `/api/models/${world.modelUid}${rest}`;
const inference = (rest: string) => (world: World) => `/api/inferences/${world.inferenceId}${rest}`;

export const REQUESTS: Record<string, OperationRequest> = {
  'GET /healthz': get(() => '/healthz'),
  'GET /readyz': get(() => '/readyz'),
  'GET /openapi.json': get(() => '/openapi.json'),

  'POST /api/train-network': post(
    () => '/api/train-network',
    () => ({ training_dataset: dataset, training_config: config }),
  ),
  'GET /api/learning-stats': get(({ modelUid }) => `/api/learning-stats?model_uid=${modelUid}`),
  'GET /api/model-info': get(({ modelUid }) => `/api/model-info?model_uid=${modelUid}`),
  'POST /api/stop-training': {
    send: async ({ api }) => api.post('/api/stop-training', { model_uid: (await submit(api)).model_uid }),
  },
  'GET /api/get-finished-training-at': get(({ modelUid }) => `/api/get-finished-training-at?uids=${modelUid}`),
  'POST /api/video-inference': post(
    () => '/api/video-inference',
    ({ modelUid }) => ({ video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: modelUid }),
  ),
  'GET /api/inference-results': get(({ inferenceId }) => `/api/inference-results?ids=${inferenceId}`),

  'POST /api/datasets/check': post(
    () => '/api/datasets/check',
    () => ({ training_dataset: dataset }),
    202,
    { Prefer: 'wait=0' },
  ),
  'GET /api/datasets/checks/{id}': get(({ checkId }) => `/api/datasets/checks/${checkId}`),
  'GET /api/datasets/checks/{id}/samples/{file}': get(({ checkId }) => `/api/datasets/checks/${checkId}/samples/0.png`),

  'GET /api/models': get(() => '/api/models'),
  'POST /api/models': {
    status: 202,
    send: ({ api }) =>
      api.get('/api/models', {
        method: 'POST',
        headers: { 'Content-Type': 'application/zip' },
        body: new Uint8Array(zipOf([{ name: 'config.json', content: '{}' }])),
      }),
  },
  'GET /api/models/events': get(() => '/api/models/events'),
  'GET /api/models/{uid}': get(model('')),
  'GET /api/models/{uid}/events': get(model('/events')),
  'GET /api/models/{uid}/metrics.json': get(model('/metrics.json')),
  'GET /api/models/{uid}/files': get(model('/files')),
  'GET /api/models/{uid}/files/': get(model('/files/')),
  'GET /api/models/{uid}/files/{name}': get(model('/files/best_model.h5')),

  'GET /api/inferences': get(() => '/api/inferences'),
  'GET /api/inferences/{id}': get(inference('')),
  'GET /api/inferences/{id}/events': get(inference('/events')),
  'GET /api/inferences/{id}/predictions': get(inference('/predictions')),
  'GET /api/inferences/{id}/{file}': get(inference('/predictions.slp')),
  'GET /api/inferences/{id}/suggestions': get(inference('/suggestions?count=5')),
  'GET /api/inferences/{id}/suggestions.slp': get(inference('/suggestions.slp')),
  'POST /api/inferences/{id}/overlay': post(inference('/overlay'), () => ({}), 202),
  'GET /api/inferences/{id}/overlay.mp4': get(inference('/overlay.mp4')),

  readTask: { send: async world => world.api.get(`/api/tasks/${(await world.queued()).task_id}`) },
  cancelTask: { send: async world => world.api.post(`/api/tasks/${(await world.queued()).task_id}/cancel`, {}) },
};
