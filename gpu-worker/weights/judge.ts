/**
 * Whether a file is the published one: by the published hash, else by the pin, the sha256 of the first file that was seen.
 *
 * The pin lies beside the file as `FILE.sha256`, in the format of sha256sum, so that `sha256sum -c` understands it. It outlives the file:
 * one that is fetched again later must be the same.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublishedWeights } from './catalog.ts';
import type { Digests } from './digests.ts';

export type Judgement =
  | { verdict: 'right'; check: 'published hash' | 'pinned hash' }
  /** No hash is published and none pinned yet. */
  | { verdict: 'unpinned' }
  /** `why` is a clause with the hash that was expected and the one that was found. */
  | { verdict: 'wrong'; why: string };

/** @param digests of a file that is, or is to become, `published.file` in the folder `dir`. @throws the error of node:fs */
export async function judge(published: PublishedWeights, dir: string, digests: Digests): Promise<Judgement> {
  const { hash } = published;
  if (hash) {
    if (digests[hash.kind] === hash.hex) return { verdict: 'right', check: 'published hash' };
    return { verdict: 'wrong', why: `its ${hash.kind} is ${digests[hash.kind]}, the published one is ${hash.hex}` };
  }
  const pinned = await readPin(published, dir);
  if (pinned === digests.sha256) return { verdict: 'right', check: 'pinned hash' };
  if (pinned !== null) {
    const why = `its sha256 is ${digests.sha256}, the one pinned in ${pinPath(published, dir)} is ${pinned}`;
    return { verdict: 'wrong', why };
  }
  if (digests.isHdf5) return { verdict: 'unpinned' };
  return { verdict: 'wrong', why: `it is no HDF5 file (sha256 ${digests.sha256}, ${digests.sizeBytes} bytes)` };
}

/** Pins a file that has no published hash. @throws the error of node:fs */
export async function pin(published: PublishedWeights, dir: string, { sha256 }: Digests): Promise<void> {
  const half = `${pinPath(published, dir)}.${randomUUID()}`;
  try {
    await writeFile(half, `${sha256}  ${published.file}\n`);
    await rename(half, pinPath(published, dir));
  } finally {
    await rm(half, { force: true });
  }
}

function pinPath({ file }: PublishedWeights, dir: string): string {
  return join(dir, `${file}.sha256`);
}

/** @returns what stands in the pin, whatever it is: something unreadable must not count as "not pinned". */
async function readPin(published: PublishedWeights, dir: string): Promise<string | null> {
  try {
    return (await readFile(pinPath(published, dir), 'utf8')).trim().split(/\s/)[0]!.toLowerCase();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
