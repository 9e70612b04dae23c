/** The thread behind SlpFile: the HDF5 library can be led into an endless loop or a trap by a damaged file. */
import { workerData } from 'node:worker_threads';
import { answerEach } from '../../media/answer.ts';
import { answerSlp } from './slp-answer.ts';
import type { SlpQuestion } from './slp-file.ts';

await answerEach((question: SlpQuestion) => answerSlp(workerData, question));
