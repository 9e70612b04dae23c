import { AppError } from '../../../src/errors.ts';
import type { DatasetFolder, LabelledDataset, ReadSettings } from './format.ts';

/** @param path of the .slp within the dataset. */
export async function readSlp(
  _dataset: DatasetFolder,
  path: string,
  _settings: ReadSettings,
): Promise<LabelledDataset> {
  throw new AppError('labels_invalid', `${path}: being built`);
}
