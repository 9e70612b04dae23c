/** Following a training, an import or an inference to its end on a progress line. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatasetCheck, DatasetReport } from '../src/contract/dataset-report.ts';
import type { InferenceResource } from '../src/contract/inference-resource.ts';
import type { ModelResource } from '../src/contract/model.ts';
import type { TaskError, TaskStatus } from '../src/contract/task.ts';
import type { Api } from './api.ts';
import { duration, ProgressLine } from './progress.ts';

const POLL_MS = 1000;

/** @returns the model in its end state. @throws Error with the service's sentence when it failed or was canceled. */
export async function watchTraining(api: Api, modelUid: string): Promise<ModelResource> {
  const line = new ProgressLine();
  for (;;) {
    const model = await api.model(modelUid);
    line.show(
      shareOf(model),
      describe(model),
      `${model.state} ${model.epochs} ${model.epochs === 0 ? model.phase : ''}`,
    );
    if (!model.currently_training) {
      line.end();
      if (model.state !== 'succeeded')
        throw failure(model.origin === 'import' ? 'The import' : 'The training', model.state, model.error);
      return model;
    }
    await sleep(POLL_MS);
  }
}

/** @returns the inference in its end state. @throws Error when it failed or was canceled. */
export async function watchInference(api: Api, resultsId: number): Promise<InferenceResource> {
  const line = new ProgressLine();
  for (;;) {
    const inference = await api.inference(resultsId);
    if (showWork(line, inference, 'The inference')) return inference;
    await sleep(POLL_MS);
  }
}

/** @returns the report of a check that may not have ended. @throws Error when it failed or was canceled. */
export async function watchCheck(api: Api, check: DatasetCheck): Promise<DatasetReport> {
  const line = new ProgressLine();
  for (let now = check; ; now = await api.datasetCheck(check.check_id)) {
    if (showWork(line, now, 'The check')) return now.report!;
    await sleep(POLL_MS);
  }
}

/** Until the overlay that was asked for last is there. @throws Error when it failed or was canceled. */
export async function watchOverlay(api: Api, resultsId: number): Promise<void> {
  const line = new ProgressLine();
  for (;;) {
    const { overlay } = await api.inference(resultsId);
    if (showWork(line, overlay!, 'The overlay')) return;
    await sleep(POLL_MS);
  }
}

type Work = Pick<TaskStatus, 'state' | 'phase' | 'progress' | 'error'>;

/** @returns whether it has succeeded. @throws Error with the service's sentence when it failed or was canceled. */
function showWork(line: ProgressLine, work: Work, what: string): boolean {
  const { state, progress } = work;
  const share = state === 'succeeded' ? 1 : progress?.total ? progress.done / progress.total : null;
  line.show(share, describeWork(work), `${state} ${work.phase} ${Math.floor((share ?? 0) * 10)}`);
  if (state === 'queued' || state === 'active') return false;
  line.end();
  if (state !== 'succeeded') throw failure(what, state, work.error);
  return true;
}

/** `predicting · 120 of 900 frames · 41.3 frames/s · 19 s left` */
export function describeWork({ state, phase, progress }: Work): string {
  const parts: string[] = [state === 'active' ? phase : state];
  if (progress?.unit === 'frames') {
    parts.push(`${progress.done} of ${progress.total ?? '?'} frames`);
    if (progress.per_second !== undefined) parts.push(`${speed(progress.per_second)} frames/s`);
    if (progress.seconds_left !== undefined && state === 'active')
      parts.push(`${duration(progress.seconds_left)} left`);
  }
  return parts.join(' · ');
}

/** Three digits, or as many as stand before the point. */
function speed(perSecond: number): string {
  return perSecond >= 100 ? String(Math.round(perSecond)) : perSecond.toPrecision(3);
}

function shareOf(model: ModelResource): number | null {
  if (!model.currently_training) return 1;
  // An import has no epochs to count.
  if (model.origin === 'import') return null;
  const epochs = Number(model.training_config.num_epochs);
  const { progress } = model;
  const within = model.phase === 'training' && progress?.total ? progress.done / progress.total : 0;
  return (model.epochs + within) / epochs;
}

function describe(model: ModelResource): string {
  const parts: string[] = [model.state === 'active' ? model.phase : model.state];
  if (model.control) parts.push(`${model.control} asked for`);
  const { last_epoch: last } = model;
  if (last) {
    parts.push(`epoch ${model.epochs} of ${model.training_config.num_epochs}`);
    parts.push(
      `loss ${last.loss.toExponential(2)}`,
      `val ${last.val_loss.toExponential(2)}`,
      `best epoch ${model.best_epoch}`,
    );
    const left = (Number(model.training_config.num_epochs) - model.epochs) * last.seconds;
    if (model.currently_training) parts.push(`at most ${duration(left)} left`);
  }
  return parts.join(' · ');
}

function failure(what: string, state: string, error: TaskError | null): Error {
  return new Error(
    [`${what} ${state === 'canceled' ? 'was canceled.' : 'failed:'}`, error?.message, error?.remedy]
      .filter(Boolean)
      .join(' '),
  );
}
