/** Folders with a labels.csv of two keypoints, and the reading of them. */
import { type Files, read as readFolder, writeDataset } from './dataset-folder.ts';

export const HEADER = 'Image path,nose,nose,tail,tail\n,X,Y,X,Y\n';

/** @param path of the running test's scratch folder. */
export function labelsReader(path: () => string) {
  const readFiles = async (files: Files) => readFolder(await writeDataset(path(), files));
  /** Reads a labels.csv beside a.jpg, b.jpg and c.jpg. */
  const read = (csv: string | Uint8Array, more: Files = {}) =>
    readFiles({ 'labels.csv': csv, 'a.jpg': '', 'b.jpg': '', 'c.jpg': '', ...more });
  return { read, readFiles };
}
