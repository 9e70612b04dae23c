/**
 * Packs folders with the same 7-Zip build that the worker unpacks with: for tests, demo data and benches.
 *
 * The format follows the archive's ending (.7z, .zip, .tar). 7-Zip runs on the calling thread.
 */
import { basename, dirname, resolve } from 'node:path';
import SevenZip from '7z-wasm';

/**
 * Packs what `folder` holds (not the folder itself) into a new archive.
 * @param switches further switches of `7z a`, e.g. `-psecret`.
 */
export async function packFolder(folder: string, archivePath: string, switches: readonly string[] = []): Promise<void> {
  await runSevenZip(archivePath, { '/in': folder }, archive => ['a', ...switches, archive, '/in/.']);
}

/** Renames an entry inside an archive; 7-Zip takes any name, hostile ones too. */
export async function renameEntry(archivePath: string, from: string, to: string): Promise<void> {
  await runSevenZip(archivePath, {}, archive => ['rn', archive, from, to]);
}

async function runSevenZip(
  archivePath: string,
  folders: Record<string, string>,
  argumentsFor: (archive: string) => string[],
): Promise<void> {
  const lines: string[] = [];
  const sevenZip = await SevenZip({ print: () => {}, printErr: line => lines.push(line) });
  for (const [mountPoint, folder] of Object.entries({ '/archive': dirname(resolve(archivePath)), ...folders })) {
    sevenZip.FS.mkdir(mountPoint);
    sevenZip.FS.mount(sevenZip.NODEFS, { root: resolve(folder) }, mountPoint);
  }
  // 7z-wasm's types say void; it is main()'s exit code.
  const code = sevenZip.callMain(argumentsFor(`/archive/${basename(archivePath)}`)) as unknown as number;
  if (code !== 0) throw new Error(`7-Zip ended with ${code}:\n${lines.join('\n')}`);
}
