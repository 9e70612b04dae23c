/** What a thread is started from: our TypeScript as one module, packages from where they lie, and errors that name their file. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { askThread } from '../../gpu-worker/media/thread.ts';
import { threadCode } from '../../gpu-worker/media/thread-code.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const ANSWER = fileURLToPath(new URL('../../gpu-worker/media/answer.ts', import.meta.url));

async function entryOf(body: string): Promise<URL> {
  const path = scratch.path('entry.ts');
  await writeFile(path, `import { answer } from ${JSON.stringify(ANSWER)};\n${body}\n`);
  return pathToFileURL(path);
}

it('a thread has types, parts of ours, packages and what it was given', async () => {
  const entry = await entryOf(`
    import { workerData } from 'node:worker_threads';
    import { z } from 'zod';
    interface Given { side: number }
    const { side }: Given = z.object({ side: z.number() }).parse(workerData);
    await answer(() => side ** 2);`);
  expect(await askThread(entry, { side: 7 })).toBe(49);
});

it('an error of a thread names the file it comes from, and not all of the code', async () => {
  const entry = await entryOf(`await answer(() => { throw new TypeError('unwell'); });`);
  const error = await askThread(entry, null).then(
    () => null,
    (thrown: Error) => thrown,
  );
  expect(error).toBeInstanceOf(TypeError);
  expect(error!.stack).toContain(`${entry.href}:`);
  expect(error!.stack).not.toContain('data:text/javascript');
});

it('the code is put together once', async () => {
  const entry = await entryOf('await answer(() => 1);');
  const code = threadCode(entry);
  await writeFile(fileURLToPath(entry), 'this is no code');
  expect(threadCode(entry)).toBe(code);
});

it('what is no TypeScript is refused in words that say where', async () => {
  const entry = await entryOf('const = 1;');
  expect(() => threadCode(entry)).toThrow(/entry\.ts:2:/);
});
