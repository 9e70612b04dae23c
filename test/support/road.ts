/** What a client does with the API, in words of the tests: submit, look, wait for the end. */
import { expect } from 'vitest';
import type { InferenceConfigInput, InferenceResult } from '../../src/contract/inference.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import type { Samples } from '../../src/contract/samples.ts';
import type { LogLine } from '../../src/contract/task-log.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import type { TestApi } from './api.ts';
import { TINY } from './lab.ts';

const PATIENCE_MS = 90_000;

/** Reads again and again until `done`; throws with what was read last. */
export async function until<T>(read: () => Promise<T>, done: (value: T) => boolean, what: string): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}: ${JSON.stringify(value)}`);
  }
}

export function roadOver(api: TestApi) {
  const model = async (uid: string): Promise<ModelResource> => (await api.get(`/api/models/${uid}`)).json();
  const submitVideo = async (uid: string, bytes: Uint8Array, config: InferenceConfigInput = {}) => {
    const video = { video_base64: Buffer.from(bytes).toString('base64'), file_name: 'v.mp4' };
    const response = await api.post('/api/video-inference', { ...video, model_uid: uid, inference_config: config });
    const answer = await response.json();
    expect(response.status, JSON.stringify(answer)).toBe(200);
    return { id: answer.results_id as number, taskId: answer.task_id as string };
  };
  const result = async (id: number): Promise<InferenceResult> =>
    (await (await api.get(`/api/inference-results?ids=${id}`)).json())[0];
  return {
    model,
    taskLog: async (taskId: string): Promise<LogLine[]> =>
      (await (await api.get(`/api/tasks/${taskId}/log`)).json()).lines,
    samples: async (uid: string): Promise<Samples> => (await api.get(`/api/models/${uid}/samples`)).json(),
    stats: async (uid: string) => (await api.get(`/api/learning-stats?model_uid=${uid}`)).json(),

    /** A training of TINY; gives its uid. */
    async train(config: Partial<TrainingConfigInput>, data: Buffer): Promise<string> {
      const body = { training_dataset: data.toString('base64'), training_config: { ...TINY, ...config } };
      const response = await api.post('/api/train-network', body);
      const answer = await response.json();
      expect(response.status, JSON.stringify(answer)).toBe(200);
      return answer.model_uid;
    },

    ended: (uid: string) =>
      until(
        () => model(uid),
        value => !value.currently_training,
        'the end of the task',
      ),
    epochDone: (uid: string, n: number) =>
      until(
        () => model(uid),
        value => value.epochs >= n,
        `epoch ${n}`,
      ),

    file: (uid: string, name: string, init?: RequestInit) => api.get(`/api/models/${uid}/files/${name}`, init),
    download: async (uid: string, name: string): Promise<Buffer> =>
      Buffer.from(await (await api.get(`/api/models/${uid}/files/${name}`)).arrayBuffer()),

    /** Submits a video; gives the results_id. */
    submitVideo,
    result,

    async infer(uid: string, bytes: Uint8Array, config: InferenceConfigInput = {}): Promise<InferenceResult> {
      const { id } = await submitVideo(uid, bytes, config);
      return until(
        () => result(id),
        value => !['queued', 'active'].includes(value.state),
        'the results',
      );
    },
  };
}
