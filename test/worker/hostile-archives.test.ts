/**
 * Archives made to do harm, and archives that came to harm: nothing is written outside the target, nothing but a sentence comes out, and
 * not after minutes. Traps are tars and zips written by hand, since no packer writes them.
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packFolder } from '../../demo/pack-archive.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import { AppError } from '../../src/errors.ts';
import { gzipBomb, sevenZipBomb, zipBomb } from '../support/bomb.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { longNamedTarEntry, tarEntry, tarOf } from '../support/tar-writer.ts';
import { unpackBytes } from '../support/unpack-here.ts';
import { zipOf } from '../support/zip-writer.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const FINE = { name: 'fine', content: 'fine' };
const FINE_TAR = tarEntry('fine', { content: 'fine' });
const evil = (name: string, unixMode?: number) => ({ name, content: 'evil', ...(unixMode && { unixMode }) });
const evilTar = (name: string) => tarEntry(name, { content: 'evil' });
const LONG = 'n'.repeat(300);
const SAME_NAME = /^The archive holds a file and a folder of the same name/;

/** What comes out: the files, or the sentence. */
const TRAPS: [string, Uint8Array, string[] | RegExp][] = [
  ['zip: ../', zipOf([evil('../up'), evil('a/../../b')]), ['a/b', 'up']],
  ['zip: absolute', zipOf([evil('/etc/x'), evil('//host/y')]), ['etc/x', 'host/y']],
  ['zip: drives', zipOf([evil('C:\\x'), evil('C:/y'), evil('c:z')]), ['C:/x', 'C:/y', 'c:z']],
  ['zip: ..\\', zipOf([evil('..\\..\\x'), evil('\\\\host\\y')]), ['host/y', 'x']],
  ['zip: a link and a file through it', zipOf([evil('l', 0o120777), evil('l/x')]), ['l/x']],
  ['zip: device, FIFO, socket', zipOf([evil('a', 0o20644), evil('b', 0o10644), evil('c', 0o140644)]), ['a', 'b', 'c']],
  ['zip: one name twice', zipOf([FINE, evil('x'), evil('x')]), ['fine', 'x']],
  ['zip: file, then folder', zipOf([evil('a'), evil('a/b')]), SAME_NAME],
  ['zip: folder, then file', zipOf([evil('a/b'), evil('a')]), SAME_NAME],
  ['zip: 300 letters', zipOf([evil(LONG)]), /^The archive holds a name that is too long: "n+…"\.$/],
  ['zip: 30,000 folders deep', zipOf([evil(`${'d/'.repeat(30_000)}x`)]), /^The archive holds a path that is too long/],
  [
    'zip: __proto__',
    zipOf([evil('__proto__'), evil('a/__proto__/constructor')]),
    ['__proto__', 'a/__proto__/constructor'],
  ],
  ['zip: a zip', zipOf([{ name: 'inner.zip', content: zipOf([FINE]) }]), ['inner.zip']],
  [
    'zip: names Windows reserves',
    zipOf([evil('CON'), evil('nul.txt'), evil('a.'), evil('b ')]),
    ['CON', 'a.', 'b ', 'nul.txt'],
  ],
  ['zip: dots', zipOf([evil('.'), evil('..'), evil('./x')]), ['_', 'x']],
  ['zip: no name, NUL in a name', zipOf([evil('a\0b'), FINE]), ['a', 'fine']],
  ['zip: broken UTF-8', zipOf([{ name: Uint8Array.of(0xff, 0xec, 0x61), content: 'x', utf8: true }, FINE]), /./],
  ['zip: claims 4 GB', zipOf([{ ...FINE, sizeBytes: 0xfffffff0 }]), /cut short/],
  ['zip: claims 1 byte', zipOf([{ name: 'x', content: 'x'.repeat(9999), sizeBytes: 1 }]), /damaged at "x"/],
  ['tar: ../ and absolute', tarOf([evilTar('../up'), evilTar('/etc/x'), evilTar('C:\\y')]), ['C:\\y', 'etc/x', 'up']],
  ['tar: hard link', tarOf([FINE_TAR, tarEntry('h', { kind: '1', link: '/etc/hostname' })]), /hard links.*"h"/],
  ['tar: symbolic link', tarOf([tarEntry('l', { kind: '2', link: '/etc' }), evilTar('l/x')]), ['l/x']],
  ['tar: devices, FIFO', tarOf(['3', '4', '6'].map(kind => tarEntry(kind, { kind }))), ['3', '4', '6']],
  ['tar: one name twice', tarOf([FINE_TAR, tarEntry('fine', { content: 'later' })]), ['fine']],
  ['tar: file, then folder', tarOf([evilTar('a'), evilTar('a/b')]), SAME_NAME],
  ['tar: 300 letters', tarOf([longNamedTarEntry(LONG, {})]), /too long/],
  [
    'tar: claims 8 GB',
    tarOf([tarEntry('x', { content: 'x', claimedBytes: 8e9 })]),
    /more than 10000000 bytes|cut short/,
  ],
  [
    'tar: a name of code page 1251',
    tarOf([tarEntry(Uint8Array.of(0xec, 0xfb, 0x2f, 0x61))]),
    /^The archive holds a name that cannot be unpacked/,
  ],
  ['gzip: a text', gzipSync('labels\n'), /^The gzip file holds no tar archive/],
  ['gzip: nothing', gzipSync(''), /^The gzip file holds no tar archive/],
];

describe('a trap springs nothing', () => {
  test.each(TRAPS)('%s', async (_, bytes, expected) => {
    const outcome = await unpackBytes(scratch.path(), bytes).catch(error => error);
    if (expected instanceof RegExp && outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(AppError);
      expect(outcome.message).toMatch(expected);
      expect(outcome.message).not.toMatch(/\p{Cc}|errno|\/out\//u);
    } else {
      expect(outcome).not.toBeInstanceOf(Error);
      const paths = outcome.files.map((file: { path: string }) => file.path);
      if (!(expected instanceof RegExp)) expect(paths).toEqual(expected);
    }
    await expectNothingOutside();
  });
});

/** That beside the target there is but the archive, and in it no links, devices or the like. */
async function expectNothingOutside(): Promise<void> {
  const [base, ...others] = await readdir(scratch.path());
  expect(others).toEqual([]);
  expect((await readdir(scratch.path(base!))).filter(name => name !== 'inner.tar').sort()).toEqual(['archive', 'out']);
  for (const entry of await readdir(scratch.path(base!, 'out'), { recursive: true, withFileTypes: true })) {
    expect(entry.isFile() || entry.isDirectory(), entry.name).toBe(true);
  }
}

/** Text that packs well, and noise that does not: 30 kB. */
async function packSamples(): Promise<Record<string, Buffer>> {
  await mkdir(scratch.path('in'));
  await writeFile(scratch.path('in/labels.csv'), 'frame,x,y\n'.repeat(1000));
  const noise = Uint8Array.from({ length: 20_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 13);
  await writeFile(scratch.path('in/a.png'), noise);
  for (const name of ['a.7z', 'a.zip', 'a.tar']) await packFolder(scratch.path('in'), scratch.path(name), ['-mx1']);
  await mkdir(scratch.path('tar'));
  const tar = await readFile(scratch.path('a.tar'));
  await writeFile(scratch.path('tar/a.tar'), tar);
  await packFolder(scratch.path('tar'), scratch.path('a.tar.xz'), ['-mx1']);
  const [sevenZip, zip, xz] = await Promise.all(
    ['a.7z', 'a.zip', 'a.tar.xz'].map(name => readFile(scratch.path(name))),
  );
  return { '7z': sevenZip!, zip: zip!, 'tar.gz': gzipSync(tar), 'tar.xz': xz! };
}

/** Unpacks, and checks that it ends in files or in an AppError that says something. */
async function outcomeOf(bytes: Uint8Array): Promise<'files' | string> {
  try {
    await unpackBytes(scratch.path(), bytes);
    return 'files';
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).message).toMatch(/^[A-Z].{10,}\.$/);
    return (error as AppError).code;
  }
}

describe('what came to harm is told', () => {
  test('archives cut at every tenth are never taken for whole', async () => {
    for (const [kind, bytes] of Object.entries(await packSamples())) {
      for (let tenth = 0; tenth < 10; tenth++) {
        const cut = bytes.subarray(0, (bytes.length * tenth) / 10);
        expect(await outcomeOf(cut), `${kind} cut at ${tenth}/10`).toBe('archive_invalid');
      }
    }
  });

  test('a damaged stream is not told by the name that 7-Zip makes up for it', async () => {
    const { 'tar.gz': gzip, 'tar.xz': xz } = await packSamples();
    for (const bytes of [gzip, xz]) {
      const damaged = Buffer.from(bytes!);
      damaged[damaged.length >> 1]! ^= 0xff;
      await expect(unpackBytes(scratch.path(), damaged)).rejects.toThrow('The archive is damaged.');
    }
  });

  test('changed bytes end in files or in a sentence', async () => {
    const samples = Object.values(await packSamples());
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (sample, changes) => {
          const bytes = Buffer.from(sample);
          for (const [at, mask] of changes) bytes[at % bytes.length]! ^= mask;
          await outcomeOf(bytes);
        },
      ),
      { numRuns: 40, seed: 20 },
    );
  });
});

describe('a bomb of 10 GB stops at the quota', () => {
  const QUOTA_BYTES = 30_000_000;

  async function expectStop(bytes: Buffer): Promise<void> {
    expect(bytes.length).toBeLessThan(11_000_000);
    const stopping = unpackBytes(scratch.path(), bytes, { maxBytes: QUOTA_BYTES });
    await expect(stopping).rejects.toMatchObject({
      code: 'archive_too_large',
      message: expect.stringMatching(/30000000 bytes/),
    });
    const [base] = (await readdir(scratch.path())).filter(name => name.startsWith('case-'));
    for (const entry of await readdir(scratch.path(base!), { recursive: true, withFileTypes: true })) {
      const { size } = await stat(scratch.path(base!, entry.parentPath.endsWith('out') ? 'out' : '', entry.name));
      if (entry.isFile()) expect(size, entry.name).toBeLessThanOrEqual(QUOTA_BYTES + 1000 * 2560 + 10240);
    }
  }

  test('a zip', () => expectStop(zipBomb(1e10)));
  test('a gzip of zeros', () => expectStop(gzipBomb(1e10)));
  test('a tar.gz', () => expectStop(gzipBomb(1e10, tarEntry('x', { claimedBytes: 8e9 }))));

  test('a 7z', async () => {
    await mkdir(scratch.path('in'));
    await writeFile(scratch.path('in/zeros'), new Uint8Array(2 ** 21));
    await packFolder(scratch.path('in'), scratch.path('zeros.7z'), ['-m0=LZMA2', '-mx1']);
    const packed = await readFile(scratch.path('zeros.7z'));
    // The first chunk: a control byte, the size it unpacks to less one (21 bits), its size less one, properties, data.
    const chunkBytes = (((packed[32]! & 31) << 16) | packed.readUInt16BE(33)) + 1;
    const chunk = packed.subarray(32, 32 + 6 + packed.readUInt16BE(35) + 1);
    await expectStop(sevenZipBomb(1e10, chunk, chunkBytes));
  });
});

test('100,000 entries stop at the limit of entries', async () => {
  const tar = tarOf(Array.from({ length: 100_000 }, (_, i) => tarEntry(`d${i % 100}/${i}`)));
  await writeFile(scratch.path('many.tar.gz'), gzipSync(tar, { level: 1 }));
  await mkdir(scratch.path('out'));
  const limits = { maxBytes: 300_000_000, maxEntries: 2000 };
  await expect(unpackArchive(scratch.path('many.tar.gz'), scratch.path('out'), limits)).rejects.toMatchObject({
    code: 'archive_too_large',
    message: 'The archive unpacks to more than 2000 files and folders (MAX_ARCHIVE_ENTRIES).',
  });
  expect((await readdir(scratch.path())).sort()).toEqual(['many.tar.gz', 'out']);
});
