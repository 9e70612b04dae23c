/** Files on disk: opened to be sent, at once or ahead in pieces; saved as they arrive; and which file of the service a name on disk means. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import { PREDICTION_FILES, type PredictionFileName } from '../../src/contract/prediction-files.ts';
import type { FileSource } from '../file-sources.ts';
import type { SleapClient } from '../sleap-client.ts';
import { ProgressLine } from './progress.ts';

/** From here on a file is sent ahead in pieces unless --no-resumable says otherwise: in one request, a line that breaks costs all of it. */
const RESUMABLE_BYTES = 32 * 2 ** 20;

/** The longer ones first: `mouse.dlc.csv` is no plain CSV. */
const ENDINGS = (Object.keys(PREDICTION_FILES) as PredictionFileName[])
  .map(name => ({ name, ending: name.replace('predictions.', '') }))
  .sort((a, b) => b.ending.length - a.ending.length);

/** The file of predictions that is to be saved as `out`. @throws Error for an ending that there is no file for. */
export function predictionsName(out: string): PredictionFileName {
  const name = basename(out).toLowerCase();
  const found = ENDINGS.find(({ ending }) => name === ending || name.endsWith(`.${ending}`));
  if (found !== undefined) return found.name;
  const endings = ENDINGS.map(({ ending }) => `.${ending}`).join(', ');
  throw new Error(`${out}: no file of that kind is made. Let the name end in ${endings}.`);
}

/** A file that is read while it is sent. @throws Error naming a file that cannot be read. */
export async function openFile(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path);
  } catch (cause) {
    throw new Error(`${path} cannot be read. Look whether it is there and may be opened.`, { cause });
  }
}

/** The file itself, or, sent ahead in pieces, its upload. @param resumable undefined: by its size. */
export async function sendable(
  client: SleapClient,
  path: string,
  resumable: boolean | undefined,
): Promise<{ source: FileSource; fileName: string }> {
  const blob = await openFile(path);
  const fileName = basename(path);
  if (!(resumable ?? blob.size > RESUMABLE_BYTES)) return { source: blob, fileName };
  const line = new ProgressLine();
  const onProgress = (sentBytes: number, totalBytes: number) => {
    const share = totalBytes === 0 ? 1 : sentBytes / totalBytes;
    const text = `sending ${fileName} · ${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB`;
    line.show(share, text, `${Math.floor(share * 4)}`);
  };
  const upload = await client.uploadResumably(blob, { fileName, onProgress }).finally(() => line.end());
  return { source: upload, fileName };
}

export async function save(file: ReadableStream<Uint8Array>, out: string): Promise<void> {
  await pipeline(file, createWriteStream(out));
  console.log(`written to ${out}`);
}

/** @returns how many were saved. */
export async function saveSamples(client: SleapClient, { samples }: DatasetReport, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const [i, { url }] of samples.entries())
    await pipeline(await client.file(url), createWriteStream(join(folder, `sample${i}.png`)));
  return samples.length;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
