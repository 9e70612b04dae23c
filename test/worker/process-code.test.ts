/** What a process of the worker is run from: made once for each state of its sources, by any number of workers at once, and its errors name the sources. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { upToDateCode } from '../../gpu-worker/put-together.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
const exec = promisify(execFile);

/** An entry that prints what a file of a folder of its own says, and where that file lies. */
async function sources(says: string) {
  const part = scratch.path('parts/part.ts');
  await mkdir(scratch.path('parts'), { recursive: true });
  await mkdir(scratch.path('cache'), { recursive: true });
  await writeFile(part, `export const said: string = ${says};\nexport const place: string = import.meta.url;\n`);
  const entry = scratch.path('entry.ts');
  await writeFile(entry, `import { place, said } from './parts/part.ts';\nconsole.log(said, place);\n`);
  return { part, entries: { entry: pathToFileURL(entry) }, cache: scratch.path('cache') };
}

const runs = (folder: string) => exec(process.execPath, ['--enable-source-maps', join(folder, 'entry.mjs')]);

it('code is made anew for sources that were edited, and only for those', async () => {
  const { entries, cache, part } = await sources(`'first'`);
  const first = await upToDateCode(entries, cache);
  expect((await runs(first)).stdout).toBe(`first ${pathToFileURL(part)}\n`);
  const { ino } = await stat(join(first, 'entry.mjs'));
  expect(await upToDateCode(entries, cache)).toBe(first);
  expect((await stat(join(first, 'entry.mjs'))).ino).toBe(ino);

  await sources(`'second'`);
  const second = await upToDateCode(entries, cache);
  expect((await runs(second)).stdout).toBe(`second ${pathToFileURL(part)}\n`);
  await sources(`'first'`);
  expect(await upToDateCode(entries, cache)).toBe(first);
});

it('an error of a process names the source and its line', async () => {
  const { entries, cache, part } = await sources(`(() => { throw new TypeError('unwell'); })()`);
  const folder = await upToDateCode(entries, cache);
  const { stderr } = await runs(folder).then(
    () => ({ stderr: '' }),
    (error: { stderr: string }) => error,
  );
  expect(stderr).toContain('TypeError: unwell');
  expect(stderr).toContain(`${part}:1:`);
  expect(stderr).not.toContain('entry.mjs:');
});

it('processes that make the same code at once leave it whole, and nothing beside it', async () => {
  const { entries, cache } = await sources(`'at once'`);
  const before = await readdir(cache);
  const maker = `
    import { upToDateCode } from ${JSON.stringify(new URL('../../gpu-worker/put-together.ts', import.meta.url).href)};
    console.log(await upToDateCode({ entry: new URL(${JSON.stringify(entries.entry.href)}) }, ${JSON.stringify(cache)}));`;
  const make = () => exec(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', maker]);
  const [one, other] = await Promise.all([make(), make()]);
  expect(one.stdout).toBe(other.stdout);
  expect((await runs(one.stdout.trim())).stdout).toMatch(/^at once /);
  const made = (await readdir(cache)).filter(name => !before.includes(name));
  expect(
    made.filter(name => name !== one.stdout.trim().split('/').at(-1) && !/^[0-9a-f]{16}\.json$/.test(name)),
  ).toEqual([]);
});

it('a source that is no TypeScript is refused in words that say where, and leaves nothing', async () => {
  const { entries, cache } = await sources('const');
  await expect(upToDateCode(entries, cache)).rejects.toThrow(/part\.ts:1:/);
  expect((await readdir(cache)).filter(name => name.startsWith('half-'))).toEqual([]);
});
