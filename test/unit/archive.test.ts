/** What the door makes of an upload's first and last bytes. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BlobWriter, StoredBlob } from '../../src/blobs/blob-store.ts';
import { archiveKind, FIRST_BYTES, isHdf5Start } from '../../src/contract/archive-kind.ts';
import { AppError } from '../../src/errors.ts';
import { checkDataset, checkModel, ZIP_END_MAX_BYTES } from '../../src/service/archive.ts';
import { Upload, type UploadKind } from '../../src/service/upload.ts';
import { tarEntry, tarOf } from '../support/tar-writer.ts';
import { zipOf } from '../support/zip-writer.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const check = (bytes: Uint8Array, checkFile = checkDataset) =>
  checkFile(bytes.subarray(0, FIRST_BYTES), bytes.subarray(-ZIP_END_MAX_BYTES), bytes.length);

function refusalOf(bytes: Uint8Array, checkFile = checkDataset): AppError {
  try {
    check(bytes, checkFile);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error('It was let in.');
}

/** A 7z of `bodyBytes` with a header of `headerBytes` behind it, as its first 32 bytes say. */
function sevenZipLike(bodyBytes: number, headerBytes: number): Buffer {
  const bytes = Buffer.alloc(32 + bodyBytes + headerBytes);
  bytes.set([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]);
  bytes.writeBigUInt64LE(BigInt(bodyBytes), 12);
  bytes.writeBigUInt64LE(BigInt(headerBytes), 20);
  return bytes;
}

const STORED: StoredBlob = { id: 'blob', sizeBytes: 0, sha256: '' };
const nothing = async () => {};
const KEEPS_NOTHING: BlobWriter = {
  ...{ id: 'blob', sizeBytes: 0, seal: async () => STORED },
  ...{ write: nothing, suspend: nothing, revert: nothing, abort: nothing },
};

const HDF5 = bytesOf('\x89HDF\r\n\x1a\n');
const TAR = tarOf([tarEntry('labels.csv', { content: 'frame,x,y\n' })]);
const ZIP = zipOf([{ name: 'labels.csv', content: 'frame,x,y\n' }]);

describe('a dataset is let in by its content', () => {
  test.each([
    ['7z', sevenZipLike(100, 50)],
    ['zip', ZIP],
    ['zip with a comment', Buffer.concat([ZIP.subarray(0, -2), Uint8Array.of(3, 0), bytesOf('abc')])],
    ['zip64', zipOf([{ name: 'a' }], { zip64: true })],
    ['tar', TAR],
    ['tar from before ustar', tarOf([tarEntry('a', { ustar: false, content: 'x' })])],
    ['tar that begins with an HDF5 file', tarOf([tarEntry('a.slp', { content: HDF5 })])],
    ['tar.gz', gzipSync(TAR)],
    ['tar.xz', bytesOf('\xfd7zXZ\0and so on')],
    ['tar.bz2', bytesOf('BZh91AY&SYand so on')],
    ['HDF5', HDF5],
    ['HDF5 behind a user block of 512 bytes', Buffer.concat([Buffer.alloc(512), HDF5])],
    ['HDF5 behind a user block of 2048 bytes', Buffer.concat([Buffer.alloc(2048, 'MATLAB 7.3'), HDF5])],
  ])('%s', (_, bytes) => {
    expect(() => check(bytes)).not.toThrow();
  });
});

describe('a file of another kind is refused by what it looks like', () => {
  test.each([
    ['Rar!\x1a\x07\x01\0...', 'a RAR archive'],
    ['\x28\xb5\x2f\xfd...', 'a Zstandard archive'],
    ['%PDF-1.7\n', 'a PDF'],
    ['<!DOCTYPE html><html>', 'an HTML page'],
    ['\xef\xbb\xbf\n<html lang="en">', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an XML file'],
    ['{"images": []}', 'JSON'],
    ['\x89PNG\r\n\x1a\n', 'an image'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'an image'],
    ['BM\x36\x10\x0e\0\0\0\0\0\x36', 'an image'],
    ['\0\0\0\x20ftypisom', 'a video'],
    ['RIFF\x24\0\0\0AVI LIST', 'a video'],
    ['frame,x,y\n1,2,3\n', 'a table (CSV)'],
    ['N3q8ryccAAQ', 'base64 text, so it was encoded twice'],
    ['UEsDBBQAAAA', 'base64 text, so it was encoded twice'],
    ['iUhERg0KGgo', 'base64 text, so it was encoded twice'],
    ['data:application/zip;base64,UEsDB', 'a data URL'],
    ['\0'.repeat(600), 'zeros, as an interrupted copy leaves them'],
    ['MZ\x90\0\x03', 'a Windows program, perhaps an archive that unpacks itself'],
    ['Hello', 'a text file'],
  ])('%j', (text, looksLike) => {
    const { code, message, remedy } = refusalOf(bytesOf(text));
    expect(code).toBe('archive_invalid');
    expect(message).toBe(
      `The dataset looks like ${looksLike}, but it must be a 7z, zip, tar, tar.gz, tar.xz or tar.bz2 archive, or an HDF5 file (.slp, .pkg.slp).`,
    );
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  });

  test('or as of no known kind', () => {
    expect(refusalOf(bytesOf('\x01\x02\x03\x04')).message).toMatch(
      /^The dataset is of no known kind, but it must be a 7z/,
    );
    expect(refusalOf(bytesOf('BZh9 is no bzip2')).message).toMatch(/text file/);
  });

  test('and a model that is no zip is told so', () => {
    for (const bytes of [TAR, HDF5, sevenZipLike(1, 1)]) {
      expect(refusalOf(bytes, checkModel).message).toBe('The model is not a zip archive: it does not begin as one.');
    }
    expect(() => check(ZIP, checkModel)).not.toThrow();
  });
});

describe('what is not whole is refused', () => {
  test.each([
    ['a 7z that ends early', sevenZipLike(100, 50).subarray(0, 181), /^The 7z archive is cut short: 181 of 182 bytes/],
    ['a 7z of 20 bytes', sevenZipLike(100, 50).subarray(0, 20), /^The 7z archive is cut short: 20 bytes arrived/],
    ['a 7z that holds nothing', sevenZipLike(0, 0), /^The 7z archive is empty/],
    ['a zip without its directory', ZIP.subarray(0, 40), /^The zip archive is cut short/],
    ['a zip that holds nothing', zipOf([]), /^The zip archive is empty/],
    [
      'a tar whose first header is damaged',
      Buffer.concat([bytesOf('X'), TAR.subarray(1)]),
      /^The tar archive is damaged/,
    ],
    ['a tar of half a header', TAR.subarray(0, 300), /^The tar archive is cut short: 300 bytes arrived/],
  ])('%s', (_, bytes, message) => {
    expect(refusalOf(bytes).message).toMatch(message);
  });
});

describe('whatever the bytes are', () => {
  const SIGNATURES = [
    ZIP.subarray(0, 64),
    TAR.subarray(0, 512),
    TAR.subarray(0, 300),
    sevenZipLike(9, 9),
    HDF5,
    bytesOf('BZh'),
  ];
  const signature = fc.constantFrom<Uint8Array>(new Uint8Array(0), ...SIGNATURES);
  const bytes = fc
    .tuple(signature, fc.uint8Array({ maxLength: 3000 }), fc.constantFrom(new Uint8Array(0), ZIP.subarray(-22)))
    .map(parts => Buffer.concat(parts));

  test('they are let in, or refused with a sentence', () => {
    fc.assert(
      fc.property(bytes, file => {
        for (const checkFile of [checkDataset, checkModel]) {
          try {
            check(file, checkFile);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).message).toMatch(/^The \P{Cc}{10,}\.$/u);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('they are an archive or HDF5, never both', () => {
    fc.assert(fc.property(bytes, file => !(isHdf5Start(file) && archiveKind(file) !== null)));
  });

  test('a zip in pieces of any size is found whole', async () => {
    const zip = zipOf([
      { name: 'noise', content: Uint8Array.from({ length: 90_000 }, (_, i) => (i * i * 31) >> 7) },
      { name: 'a' },
    ]);
    const comment = Buffer.concat([zip.subarray(0, -2), Uint8Array.of(0xff, 0xff), Buffer.alloc(0xffff, 'x')]);
    const pieces = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.constantFrom<UploadKind>('dataset', 'model'), async (sizes, kind) => {
        const upload = new Upload(kind, 1e9, KEEPS_NOTHING);
        for (let at = 0, i = 0; at < comment.length; at += sizes[i++ % sizes.length]! + 300) {
          await upload.write(comment.subarray(at, at + sizes[i % sizes.length]! + 300));
        }
        expect(await upload.finish()).toBe(STORED);
      }),
      { numRuns: 30 },
    );
  });

  test('a tar is told by its checksum, and noise is hardly ever one', () => {
    const name = fc.stringMatching(/^[a-z]{1,40}$/);
    fc.assert(
      fc.property(name, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (entry, content, ustar) => {
        expect(archiveKind(tarOf([tarEntry(entry, { content, ustar })]))).toBe('tar');
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ minLength: 512, maxLength: 600 }), noise => archiveKind(noise) !== 'tar'));
  });
});
