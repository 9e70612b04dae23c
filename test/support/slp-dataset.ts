/** Datasets with a .slp file in a test's scratch folder, and what the reader makes of them. */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import type { LabelledDataset, ReadSettings } from '../../gpu-worker/data/formats/format.ts';
import { readSlp } from '../../gpu-worker/data/formats/slp.ts';
import { type SlpContent, writeSlp } from './slp-file.ts';

type Settings = Partial<ReadSettings> & { silentSeconds?: number };

/** @param path of the running test's scratch folder. */
export function slpDataset(path: (...names: string[]) => string) {
  const put = async (name: string, bytes: Uint8Array) => {
    const hostPath = path('dataset', name);
    await mkdir(dirname(hostPath), { recursive: true });
    await writeFile(hostPath, bytes);
  };

  /** Writes the file first where there is content for it. */
  const read = async (
    content: SlpContent | null,
    { silentSeconds = 60, ...settings }: Settings = {},
    name = 'labels.slp',
  ): Promise<LabelledDataset> => {
    const folder = path('dataset');
    await mkdir(folder, { recursive: true });
    if (content) await writeSlp(path('dataset', name), content);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = await Promise.all(
      entries
        .filter(entry => entry.isFile())
        .map(async entry => {
          const hostPath = `${entry.parentPath}/${entry.name}`;
          return { path: hostPath.slice(folder.length + 1), sizeBytes: (await stat(hostPath)).size };
        }),
    );
    const framesDir = path('frames');
    await mkdir(framesDir, { recursive: true });
    const usual = { framesDir, maxFramesBytes: 1e8, maxSidePx: 8192 };
    return readSlp({ folder, files }, name, { ...usual, ...settings }, { silentSeconds });
  };
  return { put, read };
}

/** A labelled frame with one animal, its points as [x, y] or null. */
export const frameAt = (index: number, ...points: ([number, number] | null)[]) => ({ index, instances: [{ points }] });

/** An AppError whose message has the words in this order. */
export const failure = (code: string, ...words: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(words.map(word => word.replaceAll('.', '\\.')).join('.*'))),
  });
