/**
 * The service from a program: every route as a method, in the types of the contract. Runs wherever there is fetch: Node 20 and newer, Deno,
 * Bun, browsers, workerd. It checks no answer against the schemas, so that it goes on with a newer service; requests are checked there.
 *
 * Names of methods are those of the API's operations where these make sense in a program. Every method that talks to the service
 * @throws SleapError with the service's own code, sentence and remedy; the reason of an AbortSignal that fired.
 */
import type { Curves } from '../src/contract/curves.ts';
import type { DatasetCheck } from '../src/contract/dataset-report.ts';
import type { InferenceEvent, ModelEvent } from '../src/contract/events.ts';
import type { InferenceConfigInput, InferenceResult, OverlayConfigInput } from '../src/contract/inference.ts';
import type { InferenceResource, PredictedFrame } from '../src/contract/inference-resource.ts';
import type { InferencePage, ModelPage } from '../src/contract/list-query.ts';
import type { ModelMetrics, ModelResource } from '../src/contract/model.ts';
import type { ModelChanges } from '../src/contract/model-changes.ts';
import type { ModelFileName } from '../src/contract/model-files.ts';
import type { PredictionFileName } from '../src/contract/prediction-files.ts';
import type { Suggestions } from '../src/contract/suggestions.ts';
import type { TaskResource } from '../src/contract/task.ts';
import type { TrainingConfigInput } from '../src/contract/training.ts';
import type { UploadResource } from '../src/contract/upload.ts';
import type { WorkerResource } from '../src/contract/worker.ts';
import { type FollowOptions, followEvents } from './events.ts';
import {
  bodyWith,
  type DatasetSettings,
  type DatasetSource,
  type FileOptions,
  type FileSource,
} from './file-sources.ts';
import { readJsonLines } from './json-lines.ts';
import { type InferenceFilter, type ModelFilter, page, walk } from './pages.ts';
import { type CallOptions, type ClientOptions, type CreateOptions, Requests } from './requests.ts';
import { type ResumableOptions, type SlicedFile, sendResumably } from './resumable-upload.ts';
import { TaskCalls } from './task-calls.ts';
import { Webhooks } from './webhooks.ts';

export { SleapError } from './sleap-error.ts';
export type { TrainingConfigInput };

/** Of what a worker then does: the answer can be waited for on the same line. */
export interface SubmitOptions extends CreateOptions {
  /** Holds the answer until the task has ended, so many seconds at most (up to 300). */
  waitSeconds?: number | undefined;
}
type Submitted = Pick<TaskResource, 'task_id'> & Partial<Pick<TaskResource, 'state' | 'error'>>;

const DATASET = { part: 'training_dataset', blob: 'dataset_blob' };

export class SleapClient extends TaskCalls {
  readonly webhooks: Webhooks;

  constructor(options: ClientOptions) {
    super(new Requests(options));
    this.webhooks = new Webhooks(this.requests);
  }

  /** What a training would see of a dataset; after `waitSeconds` (60) the check as it stands, to be asked for again. */
  checkDataset(dataset: FileSource, settings: DatasetSettings & SubmitOptions = {}): Promise<DatasetCheck> {
    const { fileName, signal, idempotencyKey, waitSeconds, ...fields } = settings;
    const body = bodyWith(dataset, DATASET, fields, fileName);
    return this.#submit('/api/datasets/check', body, { signal, idempotencyKey, waitSeconds });
  }

  datasetCheck(checkId: string, options: CallOptions = {}): Promise<DatasetCheck> {
    return this.requests.json({ ...options, path: `/api/datasets/checks/${encodeURIComponent(checkId)}` });
  }

  /** @param dataset a file, an upload, a check; null: that of the model which `config.resume_from` names. */
  train(
    dataset: DatasetSource | null,
    config: TrainingConfigInput,
    settings: DatasetSettings & SubmitOptions = {},
  ): Promise<Submitted & { model_uid: string }> {
    const { fileName, signal, idempotencyKey, waitSeconds, ...fields } = settings;
    const body = bodyWith(dataset, DATASET, { ...fields, training_config: config }, fileName);
    return this.#submit('/api/train-network', body, { signal, idempotencyKey, waitSeconds });
  }

  /** Ends a training and keeps its best weights. @returns a sentence. */
  async stopTraining(modelUid: string, options: CallOptions = {}): Promise<string> {
    const call = { ...options, method: 'POST', path: '/api/stop-training', body: { model_uid: modelUid } };
    return (await this.requests.json<{ success: string }>(call)).success;
  }

  /** @param zip a model.zip of such a service, or a zipped model folder of SLEAP. */
  importModel(zip: FileSource, options: FileOptions & SubmitOptions = {}): Promise<Submitted & { model_uid: string }> {
    const body = bodyWith(zip, { part: 'model_zip', blob: 'model_blob' }, {}, options.fileName);
    return this.#submit('/api/models', body, options);
  }

  /** Every model, the newest first unless `sort` says otherwise; `for await`. */
  models(filter: ModelFilter = {}): AsyncGenerator<ModelResource, void> {
    return walk(this.requests, 'models', filter);
  }

  modelPage(filter: ModelFilter = {}): Promise<ModelPage> {
    return page(this.requests, 'models', filter);
  }

  model(modelUid: string, options: CallOptions = {}): Promise<ModelResource> {
    return this.requests.json({ ...options, path: modelPath(modelUid) });
  }

  metrics(modelUid: string, options: CallOptions = {}): Promise<ModelMetrics> {
    return this.requests.json({ ...options, path: `${modelPath(modelUid)}/metrics.json` });
  }

  /** The training logs of up to 50 models. @param range.points so many epochs of each, evenly spaced, and the best; absent: all. */
  curves(uids: string[], range: { points?: number; after?: number } & CallOptions = {}): Promise<Curves> {
    const { signal, ...query } = range;
    return this.requests.json({ path: '/api/models/curves', query: { ...query, model_uid: uids }, signal });
  }

  /** Its name and tags; what is absent stays. */
  changeModel(modelUid: string, changes: ModelChanges, options: CallOptions = {}): Promise<ModelResource> {
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    return this.requests.json({ ...options, method: 'PATCH', path: modelPath(modelUid), headers, body: changes });
  }

  /** With all that belongs to it, its inferences too. */
  async deleteModel(modelUid: string, options: CallOptions = {}): Promise<void> {
    await this.requests.answer({ ...options, method: 'DELETE', path: modelPath(modelUid) });
  }

  /** As it arrives. */
  modelFile(modelUid: string, name: ModelFileName, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.file(`${modelPath(modelUid)}/files/${name}`, options);
  }

  infer(
    video: FileSource,
    modelUid: string,
    config: InferenceConfigInput = {},
    options: FileOptions & SubmitOptions = {},
  ): Promise<Submitted & { results_id: number }> {
    const fields = { model_uid: modelUid, inference_config: config, file_name: options.fileName };
    const body = bodyWith(video, { part: 'video', blob: 'video_blob' }, fields, options.fileName);
    return this.#submit('/api/video-inference', body, options);
  }

  inferences(filter: InferenceFilter = {}): AsyncGenerator<InferenceResource, void> {
    return walk(this.requests, 'inferences', filter);
  }

  inferencePage(filter: InferenceFilter = {}): Promise<InferencePage> {
    return page(this.requests, 'inferences', filter);
  }

  inference(resultsId: number, options: CallOptions = {}): Promise<InferenceResource> {
    return this.requests.json({ ...options, path: `/api/inferences/${resultsId}` });
  }

  /** As it was sent. */
  video(resultsId: number, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.file(`/api/inferences/${resultsId}/video`, options);
  }

  /** With its predictions and its overlay. */
  async deleteInference(resultsId: number, options: CallOptions = {}): Promise<void> {
    await this.requests.answer({ ...options, method: 'DELETE', path: `/api/inferences/${resultsId}` });
  }

  /** All keypoints of all frames in one object; `frames` is for long videos. */
  async results(resultsId: number, options: CallOptions = {}): Promise<InferenceResult> {
    const call = { ...options, path: '/api/inference-results', query: { ids: resultsId } };
    return (await this.requests.json<[InferenceResult]>(call))[0];
  }

  /** What was found so far, as a file, as it arrives. */
  predictions(
    resultsId: number,
    name: PredictionFileName = 'predictions.csv',
    { emptyFrames, ...options }: CallOptions & { emptyFrames?: boolean } = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const query = emptyFrames ? '?empty_frames=true' : '';
    return this.file(`/api/inferences/${resultsId}/${name}${query}`, options);
  }

  /** What was found so far, frame by frame. @param after only frames behind this one, counted from 0. */
  async *frames(resultsId: number, after = -1, options: CallOptions = {}): AsyncGenerator<PredictedFrame, void> {
    const path = `/api/inferences/${resultsId}/predictions.ndjson?after=${after}`;
    yield* readJsonLines<PredictedFrame>(await this.file(path, options));
  }

  /** The frames worth labelling next. @param count at most; undefined: the service's choice. */
  suggestions(resultsId: number, count?: number, options: CallOptions = {}): Promise<Suggestions> {
    return this.requests.json({ ...options, path: `/api/inferences/${resultsId}/suggestions`, query: { count } });
  }

  /** Has what was found drawn into the video, which is then `/api/inferences/{id}/overlay.mp4`, for `file`. */
  overlay(resultsId: number, config: OverlayConfigInput = {}, options: SubmitOptions = {}): Promise<Submitted> {
    return this.#submit(`/api/inferences/${resultsId}/overlay`, { overlay_config: config }, options);
  }

  /** Beside these `model`: the whole model whenever it changed. */
  modelEvents(uid: string, options: FollowOptions<ModelEvent['event']> = {}): AsyncGenerator<ModelEvent, void> {
    return followEvents(this.requests, `${modelPath(uid)}/events`, options);
  }

  /** Beside these `inference`: the whole inference whenever it changed. */
  inferenceEvents(
    resultsId: number,
    options: FollowOptions<InferenceEvent['event']> = {},
  ): AsyncGenerator<InferenceEvent, void> {
    return followEvents(this.requests, `/api/inferences/${resultsId}/events`, options);
  }

  /** Sends a file ahead in one request; its answer then stands for the file elsewhere. For files of some megabytes. */
  upload(file: Blob, { fileName, ...options }: FileOptions & CreateOptions = {}): Promise<UploadResource> {
    const query = { file_name: fileName ?? (file as { name?: string }).name };
    const headers = { 'Content-Type': 'application/octet-stream' };
    const call = { method: 'POST', path: '/api/uploads', query, headers, body: file, creates: true };
    return this.requests.json({ ...options, ...call });
  }

  /** Sends a file ahead in pieces, and goes on where it was when the line breaks. */
  uploadResumably(file: SlicedFile, options: ResumableOptions = {}): Promise<UploadResource> {
    return sendResumably(this.requests, file, options);
  }

  async workers(options: CallOptions = {}): Promise<WorkerResource[]> {
    return (await this.requests.json<{ workers: WorkerResource[] }>({ ...options, path: '/api/workers' })).workers;
  }

  /** Whether work sent now will be done. @throws SleapError not_ready with what is missing. */
  async health(options: CallOptions = {}): Promise<void> {
    await this.requests.once({ ...options, path: '/readyz' });
  }

  /** The description of the API, OpenAPI 3.1. */
  openapi(options: CallOptions = {}): Promise<Record<string, unknown>> {
    return this.requests.json({ ...options, path: '/openapi.json' });
  }

  /** A file as it arrives. @param path that an answer named, such as a sample of a check. */
  async file(path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return (await this.requests.answer({ ...options, path })).body!;
  }

  #submit<Answer>(path: string, body: unknown, { signal, idempotencyKey, waitSeconds }: SubmitOptions) {
    const headers = { Prefer: waitSeconds === undefined ? undefined : `wait=${waitSeconds}` };
    const call = { method: 'POST', path, body, headers, creates: true };
    return this.requests.json<Answer>({ ...call, signal, idempotencyKey });
  }
}

function modelPath(modelUid: string): string {
  return `/api/models/${encodeURIComponent(modelUid)}`;
}
