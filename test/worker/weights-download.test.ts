/** Downloads from a real server that breaks off, changes its file, stalls and refuses. */
import { existsSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { DownloadFault, type DownloadOptions, download } from '../../gpu-worker/weights/download.ts';
import { fileServer, weightsBody } from '../support/file-server.ts';
import { scratchFolder } from '../support/scratch.ts';

const SIZE = 300_000;
const scratch = scratchFolder();
const server = fileServer();

const part = () => scratch.path('weights.part');
const fetchPart = (options: DownloadOptions = {}) =>
  download(`${server().url}/weights`, part(), { pausesMs: [1, 1, 1], ...options });

const sizeOf = async (path: string) => (await stat(path)).size;
/** Compared by Buffer: expect's own comparison takes seconds. */
const expectWhole = async () => expect((await readFile(part())).equals(server().body)).toBe(true);

beforeEach(() => {
  server().beforeCut = bytes => vi.waitFor(async () => expect(await sizeOf(part())).toBe(bytes), 10_000);
});

/** Leaves a part of the present body, by a connection that was cut. */
async function leavePart(bytes: number): Promise<void> {
  server().cuts = [bytes];
  await expect(fetchPart({ pausesMs: [] })).rejects.toThrow(DownloadFault);
  expect(await sizeOf(part())).toBe(bytes);
  server().requests.length = 0;
}

test('a file arrives whole, uncompressed, with its progress', async () => {
  server().body = weightsBody(SIZE);
  const seen: [number, number | null][] = [];
  await fetchPart({ onProgress: (done, total) => seen.push([done, total]) });
  await expectWhole();
  expect(seen.at(-1)).toEqual([SIZE, SIZE]);
  expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  expect(server().requests[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
});

test('a redirect is followed', async () => {
  server().body = weightsBody(SIZE);
  server().answers = [(_, response) => !!response.writeHead(302, { location: '/elsewhere' }).end()];
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ url }) => url)).toEqual(['/weights', '/elsewhere']);
});

test('a body that breaks off twice is gone on with: each byte is sent once', async () => {
  server().body = weightsBody(SIZE);
  server().cuts = [100_000, 50_000];
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ headers, status }) => [headers.range, headers['if-range'], status])).toEqual([
    [undefined, undefined, 200],
    ['bytes=100000-', '"one"', 206],
    ['bytes=150000-', '"one"', 206],
  ]);
  expect(server().sentBytes).toBe(SIZE);
});

test('a later call goes on where an earlier one ended, and counts what is there', async () => {
  server().body = weightsBody(SIZE);
  await leavePart(120_000);
  const seen: number[] = [];
  await fetchPart({ onProgress: done => seen.push(done) });
  await expectWhole();
  expect(server().sentBytes).toBe(SIZE - 120_000);
  expect(seen[0]).toBeGreaterThan(120_000);
});

test('a server that keeps breaking off is given up after as many attempts as there are pauses', async () => {
  server().body = weightsBody(SIZE);
  server().cuts = Array(10).fill(1000);
  await expect(fetchPart()).rejects.toThrow(/^the connection to 127\.0\.0\.1:\d+ failed/);
  expect(server().requests).toHaveLength(4);
  expect(await sizeOf(part())).toBe(4000);
});

test('attempts are counted anew after a megabyte of progress', async () => {
  server().body = weightsBody(5 * 2 ** 20 + 1);
  server().cuts = Array(5).fill(2 ** 20);
  await fetchPart({ pausesMs: [1] });
  await expectWhole();
  expect(server().requests).toHaveLength(6);
});

test('a server without ranges sends the whole again', async () => {
  server().body = weightsBody(SIZE);
  server().ranges = false;
  server().cuts = [100_000];
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ status }) => status)).toEqual([200, 200]);
});

test('without an entity tag, or with a weak one, nothing is gone on with', async () => {
  for (const etag of [null, 'W/"weak"']) {
    server().body = weightsBody(SIZE);
    server().etag = etag;
    server().cuts = [100_000];
    server().requests.length = 0;
    await fetchPart();
    await expectWhole();
    expect(server().requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  }
});

test('a file that changed on the server is downloaded from its beginning', async () => {
  server().body = weightsBody(SIZE);
  await leavePart(100_000);
  server().body = weightsBody(SIZE - 5, 2);
  server().etag = '"two"';
  server().cuts = [50_000];
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ headers, status }) => [headers['if-range'], status])).toEqual([
    ['"one"', 200],
    ['"two"', 206],
  ]);
});

test('a part that is longer than the file is thrown away', async () => {
  server().body = weightsBody(SIZE);
  await leavePart(100_000);
  server().body = weightsBody(60_000, 3); // under the same tag: a server in error
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ status }) => status)).toEqual([416, 200]);
});

test('a part that is already whole is not downloaded again', async () => {
  server().body = weightsBody(SIZE);
  await fetchPart();
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ status }) => status)).toEqual([200, 416]);
});

test.each([['bytes 5-9/300000'], ['']])('another range than the one asked for (%j) is not appended', async range => {
  server().body = weightsBody(SIZE);
  await leavePart(100_000);
  server().answers = [
    (_, response) => !!response.writeHead(206, range === '' ? {} : { 'content-range': range }).end('wrong'),
  ];
  await fetchPart();
  await expectWhole();
  expect(server().requests.map(({ status }) => status)).toEqual([206, 200]);
});

test.each([404, 503])('a first answer of %i ends at once', async status => {
  server().answers = [(_, response) => !!response.writeHead(status).end('no')];
  await expect(fetchPart()).rejects.toThrow(new RegExp(`answered ${status}`));
  expect(server().requests).toHaveLength(1);
  expect(existsSync(part())).toBe(false);
});

test('a server error in the middle is one more break, a refusal is not', async () => {
  server().body = weightsBody(SIZE);
  server().cuts = [100_000];
  server().answers = [() => false, (_, response) => !!response.writeHead(503).end()];
  await fetchPart();
  expect(server().requests.map(({ status }) => status)).toEqual([200, 503, 206]);

  server().requests.length = 0;
  server().etag = '"two"';
  server().cuts = [100_000];
  server().answers = [() => false, (_, response) => !!response.writeHead(403).end()];
  await expect(fetchPart()).rejects.toThrow('answered 403');
});

test('a server that cannot be reached is told at once, by name and reason', async () => {
  const { url } = server();
  await server().close();
  await expect(download(`${url}/weights`, part(), { pausesMs: [3_600_000] })).rejects.toThrow(
    /^the connection to 127\.0\.0\.1:\d+ failed \(.*ECONNREFUSED/,
  );
});

test('a server that falls silent in the middle is left, and asked again for the rest', async () => {
  server().body = weightsBody(SIZE);
  server().half = new Promise(() => {});
  server().answers = [
    () => false,
    () => {
      server().half = null;
      return false;
    },
  ];
  await fetchPart({ stallMs: 200 });
  await expectWhole();
  expect(server().requests.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${SIZE / 2}-`]);
});

test('a server that takes the connection and never answers is given up', async () => {
  server().answers = [() => true];
  await expect(fetchPart({ stallMs: 100 })).rejects.toThrow(/^nothing came from 127\.0\.0\.1:\d+ for 0\.1 s/);
});

test('an abort leaves the part, and the next call goes on', async () => {
  server().body = weightsBody(SIZE);
  const abort = new AbortController();
  server().half = new Promise(() => {});
  const onProgress = (done: number) => done >= SIZE / 2 && abort.abort(new Error('asked to leave'));
  await expect(fetchPart({ signal: abort.signal, onProgress })).rejects.toThrow('asked to leave');
  expect(await sizeOf(part())).toBe(SIZE / 2);
  server().half = null;
  await fetchPart();
  await expectWhole();
  expect(server().sentBytes).toBe(SIZE);
});

test('an abort ends a pause between two attempts', async () => {
  server().body = weightsBody(SIZE);
  server().cuts = [1000, 1000];
  const abort = new AbortController();
  const leaving = fetchPart({ signal: abort.signal, pausesMs: [3_600_000] });
  setTimeout(() => abort.abort(new Error('asked to leave')), 200);
  await expect(leaving).rejects.toThrow('asked to leave');
});

// /dev/full answers every write with "no space left on device".
test.runIf(existsSync('/dev/full'))('a full disk is told in words, and not tried again', async () => {
  server().body = weightsBody(SIZE);
  await symlink('/dev/full', part());
  const fault = await fetchPart().catch(error => error);
  expect(fault).toBeInstanceOf(DownloadFault);
  expect(fault.message).toBe(`the disk is full, at ${part()}`);
  expect(fault.cause).toMatchObject({ code: 'ENOSPC' });
  expect(server().requests).toHaveLength(1);
});

test('a folder that is not there is told as a fault of the disk', async () => {
  await writeFile(scratch.path('file'), '');
  await expect(download(server().url, scratch.path('file', 'part'))).rejects.toThrow(/cannot be written \(.*ENOTDIR/);
});
