/**
 * The thread behind SlpFile: the HDF5 library can be led into an endless loop or a trap by a damaged file. It answers two questions: what
 * the labels are, and what the rows of an embedded video hold. The file is opened anew for each, which takes a few milliseconds.
 */
import { workerData } from 'node:worker_threads';
import { AppError } from '../../../src/errors.ts';
import { answerEach } from '../../media/thread.ts';
import { withHdf5File } from '../../model/hdf5-file.ts';
import { damaged } from './slp-damage.ts';
import { readRow } from './slp-embedded-rows.ts';
import type { SlpJob, SlpQuestion } from './slp-file.ts';
import type { OpenSlp } from './slp-hdf5.ts';
import { readLabels } from './slp-labels.ts';

const { hostPath, name, counter }: SlpJob = workerData;
const progress = () => void Atomics.add(counter, 0, 1);

await answerEach(async (question: SlpQuestion) => {
  try {
    return await withHdf5File(hostPath, 'r', file => {
      const open: OpenSlp = { file, name, progress };
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
});
