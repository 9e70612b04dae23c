/** How a worker starts: from code that was put together earlier while that is of the sources as they are, and from the sources themselves otherwise. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { digestOf, ENTRIES, type Made, recordPath } from '../../gpu-worker/kept-code.mjs';
import { scratchFolder } from '../support/scratch.ts';

const START = fileURLToPath(new URL('../../gpu-worker/start.mjs', import.meta.url));
const REFUSED = { code: 1, stdout: '', stderr: expect.stringMatching(/^DATABASE_URL is not set\. /) };
const scratch = scratchFolder();

/** Starts a worker, of a user with this cache folder, that has no database. */
function starts(): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const env = { ...environment, XDG_CACHE_HOME: scratch.path('cache') };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [START], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

it('a worker runs the code that is kept, and its sources once one of them was edited', async () => {
  const cache = scratch.path('cache/sleap-microservice/code');
  const source = scratch.path('source.ts');
  await writeFile(source, 'as it was');
  const digest = digestOf(new Map([[source, await readFile(source)]]));
  await mkdir(join(cache, digest), { recursive: true });
  // Kept code says here that it is that.
  await writeFile(join(cache, digest, 'main.mjs'), 'console.log("kept", process.argv.length);');
  await writeFile(recordPath(ENTRIES, cache), JSON.stringify({ digest, paths: [source] } satisfies Made));
  expect(await starts()).toEqual({ code: 0, stdout: 'kept 2\n', stderr: '' });

  await writeFile(source, 'edited');
  expect(await starts()).toEqual(REFUSED);
});

it('a worker whose cache cannot be read runs its sources', async () => {
  await writeFile(scratch.path('cache'), 'no folder');
  expect(await starts()).toEqual(REFUSED);
});
