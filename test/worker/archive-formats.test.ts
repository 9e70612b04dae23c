/** What labs pack with: every method 7-Zip writes, tars in their compressions, passwords, and names in old code pages. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { packFolder } from '../../demo/pack-archive.ts';
import { isHdf5 } from '../../gpu-worker/media/first-bytes.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { tarEntry, tarOf } from '../support/tar-writer.ts';
import { contentOf, unpackBytes } from '../support/unpack-here.ts';
import { zipOf } from '../support/zip-writer.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

/** Something for each method to get wrong: jumps of a program, a slow wave, text, noise, nothing. */
const FILES: Record<string, Uint8Array> = {
  'program.bin': Uint8Array.from(
    { length: 30_000 },
    (_, i) => [0xe8, i & 0xff, (i >> 8) & 0xff, 0, 0, 0x0f, 0x84][i % 7]!,
  ),
  'wave.raw': Uint8Array.from({ length: 20_000 }, (_, i) => 128 + 100 * Math.sin(i / 50)),
  'images/кадр 1.txt': new Uint8Array(Buffer.from('frame,x,y\n'.repeat(2000))),
  'noise.bin': Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 13),
  'empty.txt': new Uint8Array(0),
};

beforeEach(async () => {
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(scratch.path('in', name)), { recursive: true });
    await writeFile(scratch.path('in', name), content);
  }
});

async function packed(name: string, switches: string[] = [], folder = 'in'): Promise<Buffer> {
  await packFolder(scratch.path(folder), scratch.path(name), ['-mx1', ...switches]);
  return readFile(scratch.path(name));
}

const unpack = (bytes: Uint8Array, password: string | null = null) => unpackBytes(scratch.path(), bytes, { password });

describe('what was packed comes back, byte for byte', () => {
  test.each([
    ['LZMA', ['-m0=LZMA']],
    ['LZMA2', ['-m0=LZMA2']],
    ['PPMd', ['-m0=PPMd']],
    ['BZip2', ['-m0=BZip2']],
    ['Deflate', ['-m0=Deflate']],
    ['Deflate64', ['-m0=Deflate64']],
    ['no compression', ['-m0=Copy']],
    ['Delta', ['-m0=Delta:4', '-m1=LZMA2']],
    ['BCJ', ['-m0=BCJ', '-m1=LZMA2']],
    ['BCJ2', ['-m0=BCJ2']],
    ['ARM64', ['-m0=ARM64', '-m1=LZMA2']],
    ['files one by one', ['-ms=off']],
    ['a header that is not compressed', ['-mhc=off']],
  ])('7z with %s', async (_, switches) => {
    expect(await contentOf(await unpack(await packed('a.7z', switches)))).toEqual(FILES);
  });

  test.each(['Copy', 'Deflate', 'Deflate64', 'BZip2', 'LZMA', 'PPMd'])('zip with %s', async method => {
    expect(await contentOf(await unpack(await packed('a.zip', [`-mm=${method}`])))).toEqual(FILES);
  });

  test('zip64', async () => {
    const zip = zipOf(
      [
        { name: 'labels.csv', content: 'a' },
        { name: 'b', content: 'bb' },
      ],
      { zip64: true },
    );
    expect((await unpack(zip)).files.map(file => file.sizeBytes)).toEqual([2, 1]);
  });

  test.each(['xz', 'bz2', 'gz'])('tar.%s, on the thread and leaving nothing beside', async compression => {
    await mkdir(scratch.path('tar'));
    await packFolder(scratch.path('in'), scratch.path('tar/inner.tar'));
    await writeFile(scratch.path('a'), await packed(`a.tar.${compression}`, [], 'tar'));
    await mkdir(scratch.path('out'));
    const before = await readdir(scratch.path());
    const limits = { maxBytes: 1_000_000, maxEntries: 100 };
    const files = await unpackArchive(scratch.path('a'), scratch.path('out'), limits);
    expect(await contentOf({ folder: scratch.path('out'), files })).toEqual(FILES);
    expect(await readdir(scratch.path())).toEqual(before);
  });

  test('a tar from before ustar, told by its checksum', async () => {
    const tar = tarOf([tarEntry('labels.csv', { content: 'a', ustar: false })]);
    expect((await unpack(tar)).files).toEqual([{ path: 'labels.csv', sizeBytes: 1 }]);
    expect((await unpack(gzipSync(tar))).files).toEqual([{ path: 'labels.csv', sizeBytes: 1 }]);
  });

  test('bytes after the end of a gzip do no harm', async () => {
    const padded = Buffer.concat([gzipSync(tarOf([tarEntry('a', { content: 'x' })])), Buffer.alloc(700)]);
    expect((await unpack(padded)).files).toHaveLength(1);
  });
});

describe('passwords', () => {
  const PASSWORD = 'две мыши "и" \'кошка\' $HOME';

  test.each([
    ['7z', 'a.7z', [], PASSWORD],
    ['7z with encrypted names', 'a.7z', ['-mhe=on'], PASSWORD],
    ['7z without compression', 'a.7z', ['-m0=Copy'], PASSWORD],
    ['zip with AES', 'a.zip', ['-mem=AES256'], 'two mice "and" a cat'],
    ['zip with ZipCrypto', 'a.zip', ['-mem=ZipCrypto'], 'two mice'],
  ])('%s opens with its own, asks for one, and says that another is wrong', async (_, name, switches, password) => {
    const archive = await packed(name, [`-p${password}`, ...switches]);
    expect(await contentOf(await unpack(archive, password))).toEqual(FILES);
    await expect(unpack(archive)).rejects.toMatchObject({
      code: 'password_needed',
      message: 'The archive is encrypted and no password was given.',
      remedy: /dataset_password/,
    });
    for (const wrong of [`${password} `, 'кот']) {
      await expect(unpack(archive, wrong), wrong).rejects.toMatchObject({
        code: 'password_wrong',
        message: 'The password does not open the archive.',
      });
    }
  });

  test('a Cyrillic one opens a zip', async () => {
    const zip = zipOf([{ name: 'a.txt', content: 'secret', password: PASSWORD }]);
    expect((await unpack(zip, PASSWORD)).files).toEqual([{ path: 'a.txt', sizeBytes: 6 }]);
    await expect(unpack(zip)).rejects.toMatchObject({ code: 'password_needed' });
  });

  test('one that is not needed is not used', async () => {
    for (const name of ['a.7z', 'a.zip', 'a.tar']) {
      expect((await unpack(await packed(name), 'unused')).files, name).toHaveLength(Object.keys(FILES).length);
    }
  });

  test.each([[[]], [['-mhe=on']]])('the right one for a damaged 7z is not blamed, %j', async switches => {
    const archive = await packed('a.7z', ['-psecret', '-ms=off', ...switches]);
    archive[archive.length >> 1]! ^= 0xff;
    await expect(unpack(archive, 'secret')).rejects.toMatchObject({
      code: 'archive_invalid',
      message: expect.stringMatching(/damaged at/),
    });
  });

  test('one is asked for also where only one of the files is encrypted', async () => {
    const zip = zipOf([
      { name: 'a', content: 'open' },
      { name: 'b', content: 'secret', password: 'x' },
    ]);
    await expect(unpack(zip)).rejects.toMatchObject({ code: 'password_needed' });
    await expect(unpack(zip, 'y')).rejects.toMatchObject({ code: 'password_wrong' });
  });
});

describe('names in a zip', () => {
  const cyrillic = (first: number, later: number) => (text: string) =>
    Uint8Array.from(text, letter => {
      const code = letter.codePointAt(0)!;
      if (code < 0x80) return code;
      return code < 0x440 ? code - 0x410 + first : code - 0x440 + later;
    });
  const [cp866, cp1251] = [cyrillic(0x80, 0xe0), cyrillic(0xc0, 0xf0)];
  const NAMES = ['разметка.csv', 'мышь/кадр 1.png', 'МЫШЬ 2.png'];

  test.each([
    ['866', cp866],
    ['1251', cp1251],
  ])('in code page %s are read', async (_, encode) => {
    const zip = zipOf(NAMES.map(name => ({ name: encode(name), content: 'x' })));
    expect((await unpack(zip)).files.map(file => file.path).sort()).toEqual([...NAMES].sort());
    // One short name of small letters alone tells least.
    const short = zipOf([{ name: encode('кадр.png') }]);
    expect((await unpack(short)).files.map(file => file.path)).toEqual(['кадр.png']);
  });

  test.each([
    ['850', [0x81, 0x84, 0xe1, 0x94]],
    ['1252', [0xfc, 0xe4, 0xdf, 0xf6]],
  ])('in code page %s are read, next to one in UTF-8', async (_, [ue, ae, ss, oe]) => {
    const name = Uint8Array.from([0x4d, ae!, 0x75, 0x2f, ss!, 0x66, ue!, 0x72, oe!]);
    const zip = zipOf([{ name }, { name: 'ёж', utf8: true }, { name: 'сова' }]);
    expect((await unpack(zip)).files.map(file => file.path)).toEqual(['Mäu/ßfürö', 'сова', 'ёж']);
  });

  test('with backslashes lie in folders', async () => {
    const zip = zipOf([{ name: 'images\\a.png' }, { name: 'мыши\\b.png' }]);
    expect((await unpack(zip)).files.map(file => file.path)).toEqual(['images/a.png', 'мыши/b.png']);
  });
});

test('an HDF5 file is told from an archive that begins with one', async () => {
  const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
  const told = async (bytes: Uint8Array) => {
    await writeFile(scratch.path('file'), bytes);
    return isHdf5(scratch.path('file'));
  };
  for (const userBlockBytes of [0, 512, 1024, 2048]) {
    expect(await told(Buffer.concat([Buffer.alloc(userBlockBytes), signature]))).toBe(true);
  }
  expect(await told(Buffer.concat([Buffer.alloc(256), signature]))).toBe(false);
  expect(await told(tarOf([tarEntry('labels.slp', { content: signature })]))).toBe(false);
  expect(await told(Buffer.alloc(0))).toBe(false);
});
