/**
 * What a worker runs (compute.ts, reading.ts and, at its next start, main.ts), put together (put-together.ts) and kept in the user's cache folder.
 * To load their many hundred files one by one, through tsx, takes a process 1.5 seconds of a core more (docs/adr/0003), each time that it is started.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../src/errors.ts';
import { cacheFolder, ENTRIES } from './kept-code.mjs';
import { upToDateCode } from './put-together.ts';

export type EntryName = keyof typeof ENTRIES;

let making: Promise<string> | null = null;

/**
 * The path of the JavaScript file that an entry is run from; up to date, whatever was edited since it was last asked for.
 * @param spareFolder where the code is put when the user has no cache folder that can be written to.
 * @throws AppError internal when it cannot be made.
 */
export async function processCode(entry: EntryName, spareFolder: string): Promise<string> {
  making ??= make(spareFolder).finally(() => {
    making = null;
  });
  return join(await making, `${entry}.mjs`);
}

async function make(spareFolder: string): Promise<string> {
  try {
    return await upToDateCode(ENTRIES, await writableFolder(spareFolder));
  } catch (cause) {
    throw new AppError('internal', `The code of the worker's processes could not be made: ${messageOf(cause)}`, {
      remedy: 'Run the installation again (npm ci): a file may be missing.',
      cause,
    });
  }
}

async function writableFolder(spareFolder: string): Promise<string> {
  const folder = cacheFolder();
  const trial = join(folder, `half-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(trial);
    await rm(trial, { recursive: true });
    return folder;
  } catch {
    // Read-only, or of another user: then this worker keeps its own.
    await mkdir(spareFolder, { recursive: true });
    return spareFolder;
  }
}
