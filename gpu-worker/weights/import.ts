/**
 * Brings a file that somebody downloaded elsewhere into the folder of weights. It is recognised by its hash whatever it is called; a
 * network without a published hash by its file name. It is read once, hashed on the way, and appears under its name whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../../src/errors.ts';
import { CATALOG, type PublishedWeights } from './catalog.ts';
import { Digester, type Digests } from './digests.ts';
import { judge, pin } from './judge.ts';
import type { ObtainedWeights } from './store.ts';

/**
 * Replaces what lies under the same name. `catalog` is what a file may be.
 * @throws AppError weights_unavailable when it is no file of the catalogue; the error of node:fs; the signal's reason after an abort.
 */
export async function importWeights(
  source: string,
  dir: string,
  { signal, catalog = CATALOG }: { signal?: AbortSignal; catalog?: readonly PublishedWeights[] } = {},
): Promise<ObtainedWeights & { published: PublishedWeights }> {
  const folder = resolve(dir);
  await mkdir(folder, { recursive: true });
  const copy = join(folder, `import-${randomUUID()}`);
  try {
    const digests = await copyFile(source, copy, signal);
    const published = recognise(catalog, basename(source), digests);
    if (!published) throw unknown(source, digests);
    const judgement = await judge(published, folder, digests);
    if (judgement.verdict === 'wrong') throw refused(source, published, judgement.why);
    if (judgement.verdict === 'unpinned') await pin(published, folder, digests);
    const path = join(folder, published.file);
    await rename(copy, path);
    const check = judgement.verdict === 'right' ? judgement.check : 'pinned now';
    return { path, sha256: digests.sha256, check, published };
  } finally {
    await rm(copy, { force: true });
  }
}

async function copyFile(source: string, copy: string, signal: AbortSignal | undefined): Promise<Digests> {
  const digester = new Digester();
  const file = await open(copy, 'wx');
  try {
    for await (const bytes of createReadStream(source, { highWaterMark: 2 ** 20 })) {
      signal?.throwIfAborted();
      digester.add(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return digester.finish();
}

function recognise(catalog: readonly PublishedWeights[], name: string, digests: Digests): PublishedWeights | null {
  const byHash = catalog.find(({ hash }) => hash && digests[hash.kind] === hash.hex);
  return byHash ?? catalog.find(({ file, hash }) => !hash && file === name) ?? null;
}

function unknown(source: string, { sha256, md5, sizeBytes }: Digests): AppError {
  const namesake = CATALOG.find(({ file }) => file === basename(source));
  const why = namesake
    ? `has the name of ${namesake.network}'s weights, whose published ${namesake.hash!.kind} is ${namesake.hash!.hex}, but is damaged or another file`
    : 'is none of the published weights';
  return new AppError(
    'weights_unavailable',
    `${source} ${why}: its md5 is ${md5}, its sha256 ${sha256}, its size ${sizeBytes} bytes.`,
    { remedy: 'Download it again. docs/weights.md says where each file is published.' },
  );
}

function refused(source: string, { network }: PublishedWeights, why: string): AppError {
  return new AppError('weights_unavailable', `${source} was not taken for the weights of ${network}: ${why}.`, {
    remedy: 'Download it again. If it was published anew, delete the pin and import it again.',
  });
}
