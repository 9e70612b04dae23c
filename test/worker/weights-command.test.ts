/** `npm run weights` as a person uses it. Networks without a published hash: nobody can make a file of a given md5. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CATALOG, weightsOf } from '../../gpu-worker/weights/catalog.ts';
import { fileServer, weightsBody } from '../support/file-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startWeights } from '../support/weights-command.ts';

const SIZE = 200_000;
const MOBILENET = weightsOf('mobilenet').file;
const scratch = scratchFolder();
const server = fileServer();

const dir = () => scratch.path('weights');
const inDir = (name: string) => scratch.path('weights', name);
const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');

beforeEach(() => {
  server().body = weightsBody(SIZE);
});

const start = (...args: string[]) => startWeights(args, { WEIGHTS_DIR: dir(), WEIGHTS_MIRROR: server().url });

async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const command = start(...args);
  const code = await command.ended;
  return { code, output: command.output() };
}

test('list shows every network with its file, hash, licence, origin, and what is there', async () => {
  await mkdir(dir());
  await writeFile(inDir(`${MOBILENET}.part`), Buffer.alloc(1_200_000));
  await writeFile(inDir(weightsOf('vgg16').file), 'damaged');
  const { code, output } = await run('list');
  expect(code).toBe(0);
  const lines = output.split('\n');
  for (const { network, file, hash, licence, origin } of CATALOG) {
    const line = lines.find(text => text.startsWith(`${network} `));
    for (const cell of [file, hash?.kind ?? 'none', licence, origin]) expect(line).toContain(cell);
  }
  const stateOf = (network: string) => lines.find(line => line.startsWith(`${network} `))!.split(/ {2,}/)[3];
  expect(['mobilenet', 'vgg16', 'vgg19'].map(stateOf)).toEqual(['part, 1.2 MB', 'WRONG', 'no']);
  expect(output).toContain(`folder: ${dir()}`);
});

test('the folder is weights below DATA_DIR where WEIGHTS_DIR is not set', async () => {
  const command = startWeights(['verify'], { WEIGHTS_DIR: '', DATA_DIR: scratch.path('data') });
  expect(await command.ended).toBe(0);
  expect(command.output()).toBe(`0 file(s) in ${scratch.path('data', 'weights')}\n`);
});

test('fetch downloads, shows progress, hash, licence and origin, and the second time nothing is downloaded', async () => {
  const first = await run('fetch', 'mobilenet', 'mobilenetv2');
  expect(first.code).toBe(0);
  for (const told of [
    'mobilenet: downloading',
    sha256(server().body),
    'no hash is published',
    'Apache-2.0',
    'Keras',
    server().url,
  ])
    expect(first.output).toContain(told);
  const again = await run('fetch', 'mobilenet');
  expect(again.code).toBe(0);
  expect(again.output).toContain('as pinned');
  expect(server().requests).toHaveLength(2);

  const verified = await run('verify');
  expect(verified).toMatchObject({ code: 0 });
  expect(verified.output).toContain(`${MOBILENET}: ok, as pinned`);
  expect(verified.output).toContain('2 file(s)');
});

test('fetch goes on with the others after a fault, and ends with 1', async () => {
  const { code, output } = await run('fetch', 'resnet18', 'nonsense', 'mobilenet');
  expect(code).toBe(1);
  expect(output).toContain('nonsense: no such network');
  expect(output).toContain('is another file and was not kept');
  expect((await readdir(dir())).toSorted()).toEqual([MOBILENET, `${MOBILENET}.sha256`]);
});

test('fetch all asks for every file', async () => {
  server().body = Buffer.from('none of them');
  expect((await run('fetch', 'all')).code).toBe(1);
  expect(server().requests.map(({ url }) => url)).toEqual(CATALOG.map(({ file }) => `/${file}`));
});

test('verify names what is wrong or unpinned, and ends with 1 for a wrong one', async () => {
  await mkdir(dir());
  await writeFile(inDir(MOBILENET), server().body);
  const unpinned = await run('verify');
  expect(unpinned.code).toBe(0);
  expect(unpinned.output).toContain(`${MOBILENET}: unpinned`);
  expect(existsSync(inDir(`${MOBILENET}.sha256`))).toBe(false);

  await writeFile(inDir(weightsOf('vgg16').file), 'damaged');
  const wrong = await run('verify');
  expect(wrong.code).toBe(1);
  expect(wrong.output).toContain(`WRONG: its md5 is ${createHash('md5').update('damaged').digest('hex')}`);
});

describe('import', () => {
  test('takes a file without a published hash by its name, and pins it', async () => {
    await writeFile(scratch.path(MOBILENET), server().body);
    const { code, output } = await run('import', scratch.path(MOBILENET));
    expect(code).toBe(0);
    expect(output).toContain(`mobilenet: ${inDir(MOBILENET)}`);
    expect((await readFile(inDir(MOBILENET))).equals(server().body)).toBe(true);
    expect(await readFile(inDir(`${MOBILENET}.sha256`), 'utf8')).toBe(`${sha256(server().body)}  ${MOBILENET}\n`);

    await writeFile(scratch.path(MOBILENET), weightsBody(SIZE, 2));
    const other = await run('import', scratch.path(MOBILENET));
    expect(other.code).toBe(1);
    expect(other.output).toContain(`pinned in ${inDir(`${MOBILENET}.sha256`)} is ${sha256(server().body)}`);
    expect((await readFile(inDir(MOBILENET))).equals(server().body)).toBe(true);
  });

  test('refuses what it does not know, with what it computed, and leaves nothing behind', async () => {
    const vgg = scratch.path(weightsOf('vgg16').file);
    await writeFile(vgg, 'damaged');
    await writeFile(scratch.path('other.h5'), server().body);
    const { code, output } = await run('import', scratch.path('other.h5'), vgg, scratch.path('missing.h5'));
    expect(code).toBe(1);
    expect(output).toContain('other.h5 is none of the published weights');
    expect(output).toContain(sha256(server().body));
    expect(output).toContain("has the name of vgg16's weights");
    expect(output).toContain('missing.h5');
    expect(await readdir(dir())).toEqual([]);
  });
});

test('two processes at once download once', async () => {
  let open = () => {};
  server().half = new Promise<void>(resolve => (open = resolve));
  const both = [start('fetch', 'mobilenet'), start('fetch', 'mobilenet')];
  const told = (text: string) => both.filter(command => command.output().includes(text)).length;
  await vi.waitFor(() => expect(told('waiting for another process')).toBe(1), { timeout: 30_000, interval: 20 });
  open();
  expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
  expect(server().requests).toHaveLength(1);
  expect([told('pinned, from now on'), told('as pinned')]).toEqual([1, 1]);
  expect((await readdir(dir())).toSorted()).toEqual([MOBILENET, `${MOBILENET}.sha256`]);
});

test('Ctrl-C ends with 130 and leaves the part; the next fetch goes on', async () => {
  server().half = new Promise(() => {});
  const command = start('fetch', 'mobilenet');
  const part = inDir(`${MOBILENET}.part`);
  await vi.waitFor(async () => expect((await stat(part)).size).toBe(SIZE / 2), { timeout: 30_000, interval: 20 });
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(130);
  expect((await readdir(dir())).toSorted()).toEqual([`${MOBILENET}.part`, `${MOBILENET}.part.etag`]);
  server().half = null;
  expect((await run('fetch', 'mobilenet')).code).toBe(0);
  expect(server().sentBytes).toBe(SIZE);
});

test.each([[[]], [['fetch']], [['list', 'mobilenet']], [['remove', 'mobilenet']], [['toString']], [['list', '--all']]])(
  '%j is not understood: usage, and 2',
  async args => {
    const { code, output } = await run(...args);
    expect(code).toBe(2);
    expect(output).toContain('usage: npm run weights');
  },
);
