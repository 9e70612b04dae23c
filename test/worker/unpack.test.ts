import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { packFolder, renameEntry } from '../../demo/pack-archive.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { tarEntry, tarOf } from '../support/tar-writer.ts';

const LIMITS = { maxBytes: 50_000_000, maxEntries: 100 };
const MIRROR_MOUSE = '../shared/data/mirror-mouse/mirror-mouse.7z';

const scratch = scratchFolder();
expectNoThreadsLeft();
beforeEach(() => mkdir(scratch.path('out')));

const unpack = (archive: string, limits = LIMITS, signal?: AbortSignal) =>
  unpackArchive(scratch.path(archive), scratch.path('out'), limits, signal);

/** Writes files into a folder and packs it. */
async function pack(archive: string, files: Record<string, string | Uint8Array>, switches: string[] = []) {
  await mkdir(scratch.path('in'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(scratch.path('in', name)), { recursive: true });
    await writeFile(scratch.path('in', name), content);
  }
  await packFolder(scratch.path('in'), scratch.path(archive), switches);
}

describe('unpackArchive', () => {
  test.each(['data.7z', 'data.zip', 'data.tar'])('unpacks %s and lists its files by path', async archive => {
    const image = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 251);
    await pack(archive, {
      'labels.csv': 'a,b\n',
      'images/b.png': image,
      'images/deep/ä ö.png': 'x',
      'images/A.png': '',
    });
    expect(await unpack(archive)).toEqual([
      { path: 'images/A.png', sizeBytes: 0 },
      { path: 'images/b.png', sizeBytes: 70_000 },
      { path: 'images/deep/ä ö.png', sizeBytes: 1 },
      { path: 'labels.csv', sizeBytes: 4 },
    ]);
    expect(new Uint8Array(await readFile(scratch.path('out/images/b.png')))).toEqual(image);
  });

  test('does not need the archive to have an ending', async () => {
    await pack('data.zip', { 'labels.csv': 'a' });
    await writeFile(scratch.path('blob'), await readFile(scratch.path('data.zip')));
    expect(await unpack('blob')).toHaveLength(1);
  });

  test.skipIf(!existsSync(MIRROR_MOUSE))('unpacks the real dataset', async () => {
    const files = await unpackArchive(MIRROR_MOUSE, scratch.path('out'), LIMITS);
    expect(files).toHaveLength(92);
    expect(files).toContainEqual({ path: 'img0.jpg', sizeBytes: 18_185 });
  });
});

describe('a hostile archive', () => {
  test('cannot leave the folder by ../, by an absolute name or through a link', async () => {
    await mkdir(scratch.path('outside'));
    const outside = scratch.path('outside');
    const entries = [
      tarEntry('../up.txt', { content: 'evil' }),
      tarEntry('a/../../../up2.txt', { content: 'evil' }),
      tarEntry(`${outside}/abs.txt`.slice(0, 99), { content: 'evil' }),
      tarEntry('link', { kind: '2', link: outside }),
      tarEntry('link/through.txt', { content: 'evil' }),
      tarEntry('up', { kind: '2', link: '../outside' }),
      tarEntry('up/through.txt', { content: 'evil' }),
      tarEntry('inner', { kind: '2', link: 'up2.txt' }),
    ];
    await writeFile(scratch.path('evil.tar'), tarOf(entries));
    const files = await unpack('evil.tar');
    expect(files.map(file => file.path)).toEqual(
      expect.arrayContaining(['link/through.txt', 'up.txt', 'up/through.txt']),
    );
    expect(await readdir(outside)).toEqual([]);
    expect((await readdir(scratch.path())).sort()).toEqual(['evil.tar', 'out', 'outside']);
    for (const entry of await readdir(scratch.path('out'), { recursive: true, withFileTypes: true })) {
      expect(entry.isSymbolicLink(), entry.name).toBe(false);
    }
  });

  test('keeps ../ of a 7z inside as well, and leaves its links out', async () => {
    await mkdir(scratch.path('in'));
    await symlink('/etc/hostname', scratch.path('in/link'));
    await pack('evil.7z', { 'a.txt': 'evil', 'b.txt': 'fine' }, ['-snl']);
    await renameEntry(scratch.path('evil.7z'), 'a.txt', '../../a.txt');
    expect((await unpack('evil.7z')).map(file => file.path)).toEqual(['a.txt', 'b.txt']);
    expect((await readdir(scratch.path())).sort()).toEqual(['evil.7z', 'in', 'out']);
    expect(await readdir(scratch.path('out'))).toEqual(['a.txt', 'b.txt']);
  });

  test('cannot bring files and folders that nobody may read or remove', async () => {
    const entries = [
      tarEntry('shut/', { kind: '5', mode: '0000000' }),
      tarEntry('shut/a', { content: 'x', mode: '0000000' }),
    ];
    await writeFile(scratch.path('shut.tar'), tarOf(entries));
    await unpack('shut.tar');
    expect((await stat(scratch.path('out/shut'))).mode & 0o700).toBe(0o700);
    expect((await stat(scratch.path('out/shut/a'))).mode & 0o600).toBe(0o600);
  });

  test('stops at the byte limit, long before it is unpacked', async () => {
    await pack('bomb.7z', { zeros: new Uint8Array(60_000_000) }, ['-mx1']);
    expect((await stat(scratch.path('bomb.7z'))).size).toBeLessThan(20_000);
    await expect(unpack('bomb.7z', { maxBytes: 1_000_000, maxEntries: 10 })).rejects.toMatchObject({
      code: 'archive_too_large',
      message: 'The archive unpacks to more than 1000000 bytes (MAX_ARCHIVE_BYTES).',
    });
    expect((await stat(scratch.path('out/zeros'))).size).toBeLessThanOrEqual(1_000_000);
  });

  test('counts the bytes of all files together, and a limit that is just met is no error', async () => {
    await pack('two.7z', { a: new Uint8Array(600), b: new Uint8Array(400) });
    expect(await unpack('two.7z', { maxBytes: 1000, maxEntries: 2 })).toHaveLength(2);
    await expect(unpack('two.7z', { maxBytes: 999, maxEntries: 2 })).rejects.toMatchObject({
      code: 'archive_too_large',
    });
  });

  test('stops at the entry limit, folders counted', async () => {
    await pack('many.7z', { 'd/a': 'x', 'd/b': 'x' });
    expect(await unpack('many.7z', { maxBytes: 100, maxEntries: 3 })).toHaveLength(2);
    await mkdir(scratch.path('again'));
    await expect(
      unpackArchive(scratch.path('many.7z'), scratch.path('again'), { maxBytes: 100, maxEntries: 2 }),
    ).rejects.toMatchObject({
      code: 'archive_too_large',
      message: 'The archive unpacks to more than 2 files and folders (MAX_ARCHIVE_ENTRIES).',
    });
  });
});

describe('what is no archive is refused with a sentence of its own', () => {
  const content = randomBytes(40_000);

  test('a text file', async () => {
    await writeFile(scratch.path('a.7z'), 'These are not the bytes you are looking for.\n'.repeat(100));
    await expect(unpack('a.7z')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: 'The file is not an archive that can be read.',
    });
  });

  test('an empty file', async () => {
    await writeFile(scratch.path('a.7z'), '');
    await expect(unpack('a.7z')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: expect.stringMatching(/empty file \(0 bytes\)/),
    });
  });

  test('a 7z without its end', async () => {
    await pack('a.7z', { content });
    await writeFile(scratch.path('cut.7z'), (await readFile(scratch.path('a.7z'))).subarray(0, 20_000));
    await expect(unpack('cut.7z')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: expect.stringMatching(/cut short/),
    });
  });

  test('a zip without its end', async () => {
    await pack('a.zip', { content });
    await writeFile(scratch.path('cut.zip'), (await readFile(scratch.path('a.zip'))).subarray(0, 20_000));
    await expect(unpack('cut.zip')).rejects.toMatchObject({ code: 'archive_invalid' });
  });

  test('a 7z with a changed byte', async () => {
    await pack('a.7z', { 'password list': content });
    const bytes = await readFile(scratch.path('a.7z'));
    bytes[100]! ^= 0xff;
    await writeFile(scratch.path('a.7z'), bytes);
    await expect(unpack('a.7z')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: 'The archive is damaged at "password list".',
    });
  });

  test('an archive that holds nothing', async () => {
    await pack('a.7z', {});
    await expect(unpack('a.7z')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: 'The archive holds no files.',
    });
  });

  test.each([
    ['a.7z', ['-psecret']],
    ['a.7z', ['-psecret', '-mhe=on']],
    ['a.zip', ['-psecret']],
  ])('%s packed with %j', async (archive, switches) => {
    await pack(archive, { content }, switches);
    await expect(unpack(archive)).rejects.toMatchObject({
      code: 'password_needed',
      message: 'The archive is encrypted and no password was given.',
    });
  });

  test('a file that is not there is no fault of the archive', async () => {
    await expect(unpack('absent.7z')).rejects.toThrow(/ENOENT/);
  });
});

test('an abort ends a busy extraction with its reason', async () => {
  await pack('big.7z', { zeros: new Uint8Array(200_000_000) }, ['-mx1']);
  const abort = new AbortController();
  const unpacking = unpack('big.7z', { maxBytes: 1e9, maxEntries: 10 }, abort.signal);
  const size = async () => (existsSync(scratch.path('out/zeros')) ? (await stat(scratch.path('out/zeros'))).size : 0);
  while ((await size()) === 0) await new Promise(resolve => setTimeout(resolve, 2));
  abort.abort(new Error('stop asked for'));
  await expect(unpacking).rejects.toThrow('stop asked for');
  const sizeAtEnd = await size();
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(await size()).toBe(sizeAtEnd);
});

test('a signal that aborted before starts nothing', async () => {
  await expect(unpack('absent.7z', LIMITS, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
