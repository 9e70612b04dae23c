/** Which file of the service a file on disk is, and saving the pictures of a check. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatasetReport } from '../src/contract/dataset-report.ts';
import { PREDICTION_FILES } from '../src/contract/prediction-files.ts';
import type { Api } from './api.ts';

/** The longer ones first: `mouse.dlc.csv` is no plain CSV. */
const ENDINGS = Object.keys(PREDICTION_FILES)
  .map(name => name.replace('predictions.', ''))
  .sort((a, b) => b.length - a.length);

/** The file of predictions that is to be saved as `out`. @throws Error for an ending that there is no file for. */
export function predictionsPath(resultsId: number, out: string, emptyFrames: boolean): string {
  const name = basename(out).toLowerCase();
  const ending = ENDINGS.find(candidate => name === candidate || name.endsWith(`.${candidate}`));
  if (ending === undefined)
    throw new Error(`${out}: no file of that kind is made. Let the name end in .${ENDINGS.join(', .')}.`);
  return `/api/inferences/${resultsId}/predictions.${ending}${emptyFrames && ending === 'csv' ? '?empty_frames=true' : ''}`;
}

/** @returns how many were saved. */
export async function saveSamples(api: Api, { samples }: DatasetReport, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const [i, { url }] of samples.entries())
    await pipeline(await api.file(url), createWriteStream(join(folder, `sample${i}.png`)));
  return samples.length;
}
