/** Following a training, an import, a check, an inference or an overlay to its end on a progress line, by the service's event streams. */
import type { DatasetCheck, DatasetReport } from '../../src/contract/dataset-report.ts';
import type { StepEvent } from '../../src/contract/events.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import type { TaskStatus } from '../../src/contract/task.ts';
import type { SleapClient } from '../sleap-client.ts';
import { taskFailure } from '../sleap-error.ts';
import { duration, ProgressLine } from './progress.ts';

/** @returns the model in its end state. @throws SleapError with the service's sentence when it failed or was canceled. */
export async function watchTraining(client: SleapClient, modelUid: string): Promise<ModelResource> {
  const line = new ProgressLine();
  for await (const event of client.modelEvents(modelUid, { events: ['model'] })) {
    if (event.event !== 'model') continue;
    const { data: model } = event;
    const milestone = `${model.state} ${model.epochs} ${model.epochs === 0 ? model.phase : ''}`;
    line.show(shareOf(model), describe(model), milestone);
  }
  line.end();
  const model = await client.model(modelUid);
  if (model.state !== 'succeeded')
    throw taskFailure(model.origin === 'import' ? 'The import' : 'The training', model.state, model.error);
  return model;
}

/** @returns the inference in its end state. @throws SleapError when it failed or was canceled. */
export async function watchInference(client: SleapClient, resultsId: number): Promise<InferenceResource> {
  const line = new ProgressLine();
  for await (const event of client.inferenceEvents(resultsId, { events: ['inference'] }))
    if (event.event === 'inference' && showWork(line, event.data)) break;
  const inference = await client.inference(resultsId);
  requireSuccess('The inference', inference);
  return inference;
}

/** @returns the report of a check that may not have ended. @throws SleapError when it failed or was canceled. */
export async function watchCheck(client: SleapClient, check: DatasetCheck): Promise<DatasetReport> {
  if (check.report !== null) return check.report;
  const line = new ProgressLine();
  let work: Work = check;
  for await (const event of client.events(check.task_id, { events: ['phase', 'step'] })) {
    if (event.event === 'phase') work = { ...event.data, progress: null };
    else if (event.event === 'step') work = { ...work, progress: progressOf(event.data) };
    showWork(line, work);
  }
  line.end();
  const ended = await client.datasetCheck(check.check_id);
  requireSuccess('The check', ended);
  return ended.report!;
}

/** Until the overlay that was asked for last is there. @throws SleapError when it failed or was canceled. */
export async function watchOverlay(client: SleapClient, resultsId: number): Promise<void> {
  const line = new ProgressLine();
  for await (const event of client.inferenceEvents(resultsId, { events: ['inference'] }))
    if (event.event === 'inference' && showWork(line, event.data.overlay!)) break;
  requireSuccess('The overlay', (await client.inference(resultsId)).overlay!);
}

type Work = Pick<TaskStatus, 'state' | 'phase' | 'progress'>;

/** Of an event, in which nothing is absent. */
function progressOf({ done, total, unit }: StepEvent): Work['progress'] {
  return { done, total, unit };
}

function requireSuccess(what: string, { state, error }: Pick<TaskStatus, 'state' | 'error'>): void {
  if (state !== 'succeeded') throw taskFailure(what, state, error);
}

/** @returns whether it has ended. */
function showWork(line: ProgressLine, work: Work): boolean {
  const { state, progress } = work;
  const share = state === 'succeeded' ? 1 : progress?.total ? progress.done / progress.total : null;
  line.show(share, describeWork(work), `${state} ${work.phase} ${Math.floor((share ?? 0) * 10)}`);
  if (state === 'queued' || state === 'active') return false;
  line.end();
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
  // An epoch that was just counted may still stand in the progress.
  return Math.min(1, (model.epochs + within) / epochs);
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
