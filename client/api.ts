/** The routes the client uses, over HTTP as anybody else: files go up as multipart/form-data, streamed from disk. */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { DatasetOptions } from '../src/contract/dataset.ts';
import type { DatasetCheck } from '../src/contract/dataset-report.ts';
import type { InferenceConfigInput, InferenceResult, OverlayConfigInput } from '../src/contract/inference.ts';
import type { InferenceResource } from '../src/contract/inference-resource.ts';
import type { ModelResource } from '../src/contract/model.ts';
import type { Problem } from '../src/contract/problem.ts';
import type { Suggestions } from '../src/contract/suggestions.ts';
import type { TrainingConfigInput } from '../src/contract/training.ts';

/** An answer that is not 2xx, with the service's own sentence. */
class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, problem: Partial<Problem> | null) {
    super(
      [problem?.detail ?? `The service answered with status ${status}.`, problem?.remedy].filter(Boolean).join(' '),
    );
    this.status = status;
  }
}

export class Api {
  readonly #url: string;
  readonly #key: string | undefined;

  /** @param url e.g. http://127.0.0.1:5000. @param key one of the service's API_KEYS, if it has any. */
  constructor(url: string, key?: string) {
    this.#url = url.replace(/\/$/, '');
    this.#key = key;
  }

  async trainNetwork(
    datasetPath: string,
    config: TrainingConfigInput,
    options: DatasetOptions = {},
  ): Promise<{ model_uid: string; task_id: string }> {
    const form = formWith(options);
    form.set('training_config', JSON.stringify(config));
    await attach(form, 'training_dataset', datasetPath);
    return this.#send('POST', '/api/train-network', form);
  }

  /** What a training would see of a dataset; after a minute the check as it stands, to be asked for again. */
  async checkDataset(datasetPath: string, options: DatasetOptions = {}): Promise<DatasetCheck> {
    const form = formWith(options);
    await attach(form, 'training_dataset', datasetPath);
    return this.#send('POST', '/api/datasets/check', form);
  }

  datasetCheck(id: string): Promise<DatasetCheck> {
    return this.#send('GET', `/api/datasets/checks/${id}`);
  }

  /** A file as it arrives. @param path that an answer named. */
  async file(path: string): Promise<ReadableStream<Uint8Array>> {
    return (await this.#ask('GET', path)).body!;
  }

  async videoInference(
    videoPath: string,
    modelUid: string,
    config: InferenceConfigInput = {},
  ): Promise<{ results_id: number; task_id: string }> {
    const form = new FormData();
    form.set('model_uid', modelUid);
    form.set('inference_config', JSON.stringify(config));
    form.set('file_name', basename(videoPath));
    await attach(form, 'video', videoPath);
    return this.#send('POST', '/api/video-inference', form);
  }

  model(uid: string): Promise<ModelResource> {
    return this.#send('GET', `/api/models/${encodeURIComponent(uid)}`);
  }

  inference(id: number): Promise<InferenceResource> {
    return this.#send('GET', `/api/inferences/${id}`);
  }

  /** @param count of frames, at most; undefined: the service's choice. */
  suggestions(id: number, count?: number): Promise<Suggestions> {
    return this.#send('GET', `/api/inferences/${id}/suggestions${count === undefined ? '' : `?count=${count}`}`);
  }

  async requestOverlay(id: number, config: OverlayConfigInput): Promise<void> {
    await this.#send('POST', `/api/inferences/${id}/overlay`, JSON.stringify({ overlay_config: config }));
  }

  async results(id: number): Promise<InferenceResult> {
    const [result] = await this.#send<InferenceResult[]>('GET', `/api/inference-results?ids=${id}`);
    return result!;
  }

  async stopTraining(modelUid: string): Promise<string> {
    const body = JSON.stringify({ model_uid: modelUid });
    return (await this.#send<{ success: string }>('POST', '/api/stop-training', body)).success;
  }

  /** @param zipPath a model.zip of such a service, or a zipped model folder of SLEAP. */
  async importModel(zipPath: string): Promise<{ model_uid: string; task_id: string }> {
    const form = new FormData();
    await attach(form, 'model_zip', zipPath);
    return this.#send('POST', '/api/models', form);
  }

  async #send<T>(method: string, path: string, body?: FormData | string): Promise<T> {
    return (await this.#ask(method, path, body)).json() as Promise<T>;
  }

  async #ask(method: string, path: string, body?: FormData | string): Promise<Response> {
    const headers: Record<string, string> = this.#key ? { Authorization: `Bearer ${this.#key}` } : {};
    if (typeof body === 'string') headers['Content-Type'] = 'application/json';
    const response = await fetch(this.#url + path, { method, headers, body: body ?? null }).catch(cause => {
      throw new Error(`No service answers at ${this.#url}. Start one with npm start, or name another with --url.`, {
        cause,
      });
    });
    if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => null));
    return response;
  }
}

function formWith(options: DatasetOptions): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) if (value !== undefined) form.set(name, value);
  return form;
}

/** Adds a file to a form; it is read while the form is sent. */
async function attach(form: FormData, member: string, path: string): Promise<void> {
  try {
    form.set(member, await openAsBlob(path), basename(path));
  } catch (cause) {
    throw new Error(`${path} cannot be read. Look whether it is there and may be opened.`, { cause });
  }
}
