/**
 * Finds the one model in what was unpacked: the folder of its best_model.h5, and the file beside it that describes it.
 *
 * A zip of ours holds config.json, a folder of SLEAP up to 1.4 holds training_config.json; where both lie there, ours says more. The
 * folder may be the archive's root or any below it.
 */
import { posix } from 'node:path';
import { AppError } from '../../src/errors.ts';

export interface ModelFolder {
  /** Relative to where it was unpacked. */
  weightsPath: string;
  description: { path: string; by: 'this service' | 'SLEAP' };
  /** metrics.json of a zip of ours. */
  metricsPath: string | null;
}

const WEIGHTS = 'best_model.h5';
/** Weights of sleap-nn. */
const LIGHTNING_WEIGHTS = /\.ckpt$/;
const REMEDY =
  'Send the model.zip of a model here, or a zip of a model folder of SLEAP (up to 1.4) with best_model.h5 and training_config.json.';

/** @param paths of regular files, with `/`. @throws AppError model_invalid. */
export function findModelFolder(paths: readonly string[]): ModelFolder {
  const found = paths.filter(path => posix.basename(path) === WEIGHTS);
  const [weightsPath, ...more] = found;
  if (weightsPath === undefined) {
    if (paths.some(path => LIGHTNING_WEIGHTS.test(path)))
      throw modelInvalid('It is a model of SLEAP 1.5 or later (PyTorch), which cannot be read.', REMEDY);
    throw modelInvalid(`The archive holds no ${WEIGHTS}.`, REMEDY);
  }
  if (more.length > 0)
    throw modelInvalid(`The archive holds several models: ${found.join(', ')}.`, 'Send one at a time.');
  const beside = (name: string) => {
    const path = posix.join(posix.dirname(weightsPath), name);
    return paths.includes(path) ? path : null;
  };
  const own = beside('config.json');
  if (own !== null)
    return { weightsPath, description: { path: own, by: 'this service' }, metricsPath: beside('metrics.json') };
  const job = beside('training_config.json');
  if (job !== null) return { weightsPath, description: { path: job, by: 'SLEAP' }, metricsPath: null };
  throw modelInvalid(`Beside ${weightsPath} there is no training_config.json.`, REMEDY);
}

export function modelInvalid(message: string, remedy: string, cause?: unknown): AppError {
  return new AppError('model_invalid', message, { remedy, cause });
}
