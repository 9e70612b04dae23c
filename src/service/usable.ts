/** Whether a model can be run, or gone on from: the task that makes it has ended and left weights. */
import { isEndState, type TaskKind, type TaskState } from '../contract/task.ts';
import { AppError } from '../errors.ts';

/** @param model with the kind and state of its own task. @throws AppError model_is_training; model_has_no_weights. */
export function requireWeights(model: {
  uid: string;
  bestBlob: string | null;
  kind: TaskKind;
  state: TaskState;
}): void {
  const { uid, bestBlob, kind, state } = model;
  if (!isEndState(state)) {
    if (kind === 'import')
      throw new AppError('model_is_training', `Model ${uid} is still being imported.`, {
        remedy: `Wait until its state is succeeded: GET /api/models/${uid}.`,
      });
    throw new AppError('model_is_training', `Model ${uid} is still training.`, {
      remedy: 'Wait until it has finished, or stop it: POST /api/stop-training keeps the best weights.',
    });
  }
  if (bestBlob !== null) return;
  const why = kind === 'import' ? 'its import failed' : 'its training ended before any were saved';
  throw new AppError('model_has_no_weights', `Model ${uid} has no weights: ${why}.`, {
    remedy: `Read its error with GET /api/models/${uid}, then ${kind === 'import' ? 'import' : 'train'} again.`,
  });
}
