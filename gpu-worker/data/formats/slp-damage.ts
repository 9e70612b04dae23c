/** What a user is told of a .slp file that is damaged; a file of its own, so that the HDF5 library is loaded in the reading thread only. */
import { AppError } from '../../../src/errors.ts';

/** @param name of the file within the dataset. @param what ends the sentence "NAME is damaged: ". */
export function damaged(name: string, what: string, cause?: unknown): AppError {
  return new AppError('labels_invalid', `${name} is damaged: ${what}.`, {
    remedy: 'Open it in SLEAP and save it again; if SLEAP cannot open it either, take an older copy.',
    cause,
  });
}
