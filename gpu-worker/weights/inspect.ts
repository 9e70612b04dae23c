/** What is in the folder of weights, file by file, without changing anything there. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublishedWeights } from './catalog.ts';
import { digestFile } from './digests.ts';
import { type Judgement, judge } from './judge.ts';

export type Presence = Judgement | { verdict: 'absent'; partBytes: number };

/** Reads the whole file. @throws the error of node:fs; the signal's reason after an abort. */
export async function inspect(published: PublishedWeights, dir: string, signal?: AbortSignal): Promise<Presence> {
  const path = join(dir, published.file);
  if ((await sizeOf(path)) === null) return { verdict: 'absent', partBytes: (await sizeOf(`${path}.part`)) ?? 0 };
  return judge(published, dir, await digestFile(path, signal));
}

/** @returns bytes; null when there is no such file. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
