/**
 * The two questions that the reading thread answers: what the labels are, and what the rows of an embedded video hold. The file is opened
 * anew for each, which takes a few milliseconds. Whatever a damaged file makes the HDF5 library throw is told in words.
 */
import { AppError } from '../../../src/errors.ts';
import { withHdf5File } from '../../model/hdf5-file.ts';
import { damaged } from './slp-damage.ts';
import { readRow } from './slp-embedded-rows.ts';
import type { SlpAnswer, SlpJob, SlpQuestion } from './slp-file.ts';
import { readLabels } from './slp-labels.ts';

/** @throws AppError labels_invalid; the error of node:fs when the file cannot be opened. */
export async function answerSlp({ hostPath, name, counter }: SlpJob, question: SlpQuestion): Promise<SlpAnswer> {
  const progress = () => void Atomics.add(counter, 0, 1);
  try {
    return await withHdf5File(hostPath, 'r', file => {
      const open = { file, name, progress };
      if (question === 'labels') return readLabels(open);
      return question.wanted.map(row => {
        progress();
        return readRow(open, question.rows, row);
      });
    });
  } catch (cause) {
    if (cause instanceof AppError || (cause instanceof Error && 'syscall' in cause)) throw cause;
    throw damaged(name, 'it cannot be read as an HDF5 file, which SLEAP labels are', cause);
  }
}
