/** Unpacks archives of tests on the test's own thread, some 20 ms each where a thread of their own takes 200. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstBytes } from '../../gpu-worker/media/first-bytes.ts';
import type { UnpackedFile } from '../../gpu-worker/media/unpack.ts';
import { unpackHere } from '../../gpu-worker/media/unpack-layers.ts';
import { archiveKind } from '../../src/contract/archive-kind.ts';
import { AppError } from '../../src/errors.ts';

export interface Unpacked {
  folder: string;
  files: UnpackedFile[];
}

/** @param scratch a folder in which a new one is made. @throws as unpackArchive(). */
export async function unpackBytes(
  scratch: string,
  bytes: Uint8Array,
  { password = null as string | null, maxBytes = 10_000_000, maxEntries = 1000 } = {},
): Promise<Unpacked> {
  const base = await mkdtemp(join(scratch, 'case-'));
  const [archivePath, folder] = [join(base, 'archive'), join(base, 'out')];
  await writeFile(archivePath, bytes);
  await mkdir(folder);
  const kind = archiveKind(await firstBytes(archivePath));
  if (kind === null) throw new AppError('archive_invalid', 'The file is not an archive that can be read.');
  const innerTarPath = kind.startsWith('tar.') ? join(base, 'inner.tar') : null;
  const files = await unpackHere({
    archivePath,
    kind,
    targetDir: folder,
    password,
    maxBytes,
    maxEntries,
    innerTarPath,
  });
  return { folder, files };
}

/** What an archive holds, by the paths of its files. */
export async function contentOf({ folder, files }: Unpacked): Promise<Record<string, Uint8Array>> {
  const read = files.map(async ({ path }) => [path, new Uint8Array(await readFile(join(folder, path)))] as const);
  return Object.fromEntries(await Promise.all(read));
}
