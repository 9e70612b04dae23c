/** The folder of weights: real files, a real server, and a real process that is killed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { type PublishedWeights, weightsOf } from '../../gpu-worker/weights/catalog.ts';
import { importWeights } from '../../gpu-worker/weights/import.ts';
import { obtainWeights, type StoreOptions } from '../../gpu-worker/weights/store.ts';
import { AppError } from '../../src/errors.ts';
import { fileServer, weightsBody } from '../support/file-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startWeights } from '../support/weights-command.ts';

const SIZE = 200_000;
const QUICK = { touchMs: 50, abandonedMs: 400, pollMs: 20, pausesMs: [1, 1], stallMs: 10_000 };
const scratch = scratchFolder();
const server = fileServer();

const hexOf = (kind: 'md5' | 'sha256', body: Buffer) => createHash(kind).update(body).digest('hex');
const dir = () => scratch.path('weights');

beforeEach(() => {
  server().body = weightsBody(SIZE);
});

/** As in the catalogue, but published by the test's server; `hash` of what lies there. */
function published(hash: 'md5' | 'sha256' | null): PublishedWeights {
  const entry = weightsOf(hash === null ? 'mobilenet' : 'resnet18');
  const url = `${server().url}/release/${entry.file}`;
  return { ...entry, url, hash: hash && { kind: hash, hex: hexOf(hash, server().body) } };
}
const obtain = (entry: PublishedWeights, options: Partial<StoreOptions> = {}) =>
  obtainWeights(entry, { dir: dir(), timing: QUICK, ...options });

async function refusal(entry: PublishedWeights, options: Partial<StoreOptions> = {}): Promise<AppError> {
  const error = await obtain(entry, options).catch(thrown => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error.code).toBe('weights_unavailable');
  // What a person needs to get the file elsewhere.
  for (const told of [entry.network, entry.url, entry.hash?.hex ?? 'no hash is published', dir()])
    expect(error.message).toContain(told);
  expect(error.remedy).toMatch(/\w/);
  return error;
}

test.each(['md5', 'sha256'] as const)(
  'a file with a published %s is downloaded once, and checked at each use',
  async kind => {
    const entry = published(kind);
    const seen: unknown[] = [];
    const expected = {
      path: scratch.path('weights', entry.file),
      sha256: hexOf('sha256', server().body),
      check: 'published hash',
    };
    expect(await obtain(entry, { report: progress => seen.push(progress) })).toEqual(expected);
    expect(seen.at(-1)).toEqual({ doing: 'downloading', done: SIZE, total: SIZE });
    expect((await readFile(expected.path)).equals(server().body)).toBe(true);
    expect(await readdir(dir())).toEqual([entry.file]);
    await server().close();
    expect(await obtain(entry)).toEqual(expected);
  },
);

test('a mirror is asked by file name, and its file is checked all the same', async () => {
  const entry = { ...published('sha256'), url: 'http://127.0.0.1:9/not-asked.h5' };
  expect((await obtain(entry, { mirror: `${server().url}/models/` })).check).toBe('published hash');
  expect(server().requests.map(({ url }) => url)).toEqual([`/models/${entry.file}`]);
});

test('a download with another hash is refused, not kept, and not tried for ever', async () => {
  const entry = published('md5');
  server().body = weightsBody(SIZE, 2);
  const error = await refusal(entry);
  expect(error.message).toContain(hexOf('md5', server().body));
  expect(await readdir(dir())).toEqual([]);
  expect(server().requests).toHaveLength(1);
});

test('bytes left by an earlier attempt that do not fit are dropped for a whole download', async () => {
  const entry = published('md5');
  await mkdir(dir());
  await writeFile(scratch.path('weights', `${entry.file}.part`), weightsBody(1000, 9));
  await writeFile(scratch.path('weights', `${entry.file}.part.etag`), server().etag!);
  expect((await obtain(entry)).check).toBe('published hash');
  expect(server().requests.map(({ status }) => status)).toEqual([206, 200]);
});

test('a wrong file in the folder is told with both hashes, and left where it is', async () => {
  const entry = published('md5');
  await mkdir(dir());
  await writeFile(scratch.path('weights', entry.file), 'damaged');
  const error = await refusal(entry);
  expect(error.message).toContain(hexOf('md5', Buffer.from('damaged')));
  expect(error.remedy).toContain(`delete it and run: npm run weights -- fetch ${entry.network}`);
  expect(await readFile(scratch.path('weights', entry.file), 'utf8')).toBe('damaged');
  expect(server().requests).toEqual([]);
});

test('without a published hash the first file is pinned, and another one refused later', async () => {
  const entry = published(null);
  const first = await obtain(entry);
  const sha256 = hexOf('sha256', server().body);
  expect(first).toMatchObject({ sha256, check: 'pinned now' });
  const pin = scratch.path('weights', `${entry.file}.sha256`);
  expect(await readFile(pin, 'utf8')).toBe(`${sha256}  ${entry.file}\n`);
  expect(await obtain(entry)).toMatchObject({ sha256, check: 'pinned hash' });

  await rm(first.path);
  server().body = weightsBody(SIZE, 2);
  server().etag = '"two"';
  const error = await refusal(entry);
  expect(error.message).toContain(`pinned in ${pin} is ${sha256}`);
  expect(error.remedy).toContain(`delete ${pin}`);
  expect(await readdir(dir())).toEqual([`${entry.file}.sha256`]);

  server().body = weightsBody(SIZE);
  expect(await obtain(entry)).toMatchObject({ sha256, check: 'pinned hash' });
});

test('without a published hash a web page is not taken for weights', async () => {
  server().body = Buffer.from('<html>Please log in</html>');
  const entry = published(null);
  expect((await refusal(entry)).message).toContain('it is no HDF5 file');
  expect(await readdir(dir())).toEqual([]);
});

test('a server that cannot be reached is told with everything that is needed to get the file elsewhere', async () => {
  const entry = published('md5');
  await server().close();
  const error = await refusal(entry);
  expect(error.message).toMatch(/connection to 127\.0\.0\.1:\d+ failed \(.*ECONNREFUSED/);
  expect(error.remedy).toContain('npm run weights -- import FILE');
  expect(error.cause).toMatchObject({ name: 'DownloadFault' });
});

test('a folder that cannot be made is told', async () => {
  await writeFile(dir(), 'a file of this name');
  expect((await refusal(published('md5'))).message).toContain('the folder cannot be used');
});

test('an imported file is recognised by its hash whatever it is called, and takes the place of a damaged one', async () => {
  const entry = published('sha256');
  await mkdir(dir());
  await writeFile(scratch.path('weights', entry.file), 'damaged');
  await writeFile(scratch.path('download (3)'), server().body);
  const imported = await importWeights(scratch.path('download (3)'), dir(), { catalog: [entry] });
  expect(imported).toMatchObject({ published: entry, check: 'published hash' });
  expect(await readdir(dir())).toEqual([entry.file]);
  expect(await obtain(entry)).toMatchObject({ path: imported.path, sha256: imported.sha256 });
  expect(server().requests).toEqual([]);
});

test('an abort leaves the part, and the next use goes on', async () => {
  const entry = published('md5');
  const abort = new AbortController();
  server().half = new Promise(() => {});
  const report = ({ done }: { done: number }) => done >= SIZE / 2 && abort.abort(new Error('asked to leave'));
  await expect(obtain(entry, { signal: abort.signal, report })).rejects.toThrow('asked to leave');
  expect((await readdir(dir())).toSorted()).toEqual([`${entry.file}.part`, `${entry.file}.part.etag`]);
  server().half = null;
  expect((await obtain(entry)).check).toBe('published hash');
  expect(server().sentBytes).toBe(SIZE);
});

test('the lock of a process that was killed is taken over, and its download gone on with', async () => {
  const entry = published(null);
  const part = scratch.path('weights', `${entry.file}.part`);
  server().half = new Promise(() => {});
  const killed = startWeights(['fetch', entry.network], { WEIGHTS_DIR: dir(), WEIGHTS_MIRROR: server().url });
  await vi.waitFor(async () => expect((await stat(part)).size).toBe(SIZE / 2), { timeout: 30_000, interval: 20 });
  killed.process.kill('SIGKILL');
  await killed.ended;
  expect(existsSync(scratch.path('weights', `${entry.file}.lock`))).toBe(true);

  server().half = null;
  const seen = new Set<string>();
  expect((await obtain(entry, { report: ({ doing }) => seen.add(doing) })).check).toBe('pinned now');
  expect([...seen]).toEqual(['waiting for another process', 'downloading']);
  expect(server().sentBytes).toBe(SIZE);
  expect((await readdir(dir())).toSorted()).toEqual([entry.file, `${entry.file}.sha256`]);
});
