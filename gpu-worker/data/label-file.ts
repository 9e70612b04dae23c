/**
 * A file of labels that is read whole, as tables and JSON are. What it says takes several times its size in memory, so a file that claims to be
 * one and fills the disk must not fill the memory as well. The labels of COCO 2017, 150,000 people, take 240 MB.
 */
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../src/errors.ts';

const MAX_MEBIBYTES = 256;

/**
 * @param path on this machine. @param name what to call it in an error.
 * @throws AppError labels_invalid when it is too large; the error of node:fs when it cannot be read at all.
 */
export async function readLabelFile(path: string, name: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size <= MAX_MEBIBYTES * 2 ** 20) return readFile(path);
  throw new AppError(
    'labels_invalid',
    `${name} has ${Math.round(size / 2 ** 20)} MiB; labels of more than ${MAX_MEBIBYTES} MiB are not read.`,
    { remedy: 'Split the labels into several datasets, or leave out what is no label.' },
  );
}
