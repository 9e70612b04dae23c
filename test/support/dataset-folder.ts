/** Datasets as folders of small files, and the reading of them. Images may be empty: readers of labels only look for them. */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetFolder, LabelledDataset } from '../../gpu-worker/data/formats/format.ts';
import { readDataset } from '../../gpu-worker/data/formats/read-dataset.ts';
import type { DatasetOptions } from '../../src/contract/dataset.ts';

export type Files = Record<string, string | Uint8Array>;

export async function writeDataset(folder: string, files: Files): Promise<DatasetFolder> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const sizes = Object.entries(files).map(([path, content]) => ({ path, sizeBytes: Buffer.byteLength(content) }));
  return { folder, files: sizes.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** A folder that is there already. */
export async function listDataset(folder: string): Promise<DatasetFolder> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => {
        const path = join(entry.parentPath, entry.name);
        return { path: path.slice(folder.length + 1).replaceAll('\\', '/'), sizeBytes: (await stat(path)).size };
      }),
  );
  return { folder, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

export function read(dataset: DatasetFolder, options: DatasetOptions = {}): Promise<LabelledDataset> {
  return readDataset(dataset, options, { framesDir: dataset.folder, maxFramesBytes: 1e9, maxSidePx: 10_000 });
}
