/** Following a training, an import or an inference to its end on a progress line. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceResult } from '../src/contract/inference.ts';
import type { ModelResource } from '../src/contract/model.ts';
import type { TaskError } from '../src/contract/task.ts';
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

/** @returns the results once every frame is there. @throws Error when the inference failed or was canceled. */
export async function watchInference(api: Api, resultsId: number): Promise<InferenceResult> {
  const line = new ProgressLine();
  for (;;) {
    const result = await api.results(resultsId);
    const { state, progress } = result;
    const share = state === 'succeeded' ? 1 : progress?.total ? progress.done / progress.total : null;
    const frames = progress?.unit === 'frames' ? `${progress.done} of ${progress.total ?? '?'} frames` : '';
    line.show(share, `${state} ${frames}`, `${state} ${Math.floor((share ?? 0) * 10)}`);
    if (state === 'succeeded' || state === 'failed' || state === 'canceled') {
      line.end();
      if (state !== 'succeeded') throw failure('The inference', state, result.error);
      return result;
    }
    await sleep(POLL_MS);
  }
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
