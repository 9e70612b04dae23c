/** Tables of any content in any dialect: what was written is read back, and whatever the bytes are, there is an answer in words. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Files, read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
const HEADER = 'Image path,nose,nose,tail,tail\n,X,Y,X,Y\n';
let folders = 0;
/** Each reading in a folder of its own: no run of a property sees the files of another. */
const readFiles = async (files: Files) => readFolder(await writeDataset(scratch.path(`${folders++}`), files));

const anyName = fc
  .oneof(
    fc.constantFrom('__proto__', 'toString', 'X', 'y', 'NaN', 'coords', 'a;b,c\td', '"quoted"', 'нос', 'Хвост'),
    fc.string({ unit: 'grapheme' }),
  )
  .map(text => text.replace(/[\r\n\u2028\u2029\ufeff\0]/g, '').trim())
  .filter(text => text !== '');
/** What Windows-1251 can write; letters that in no order are UTF-8. */
const russianName = fc.stringMatching(/^[А-Яа-я]{1,12}$/);
// + 0: minus zero is written as 0.
const coordinate = fc.oneof(
  fc.double({ min: -1e5, max: 1e5, noNaN: true }).map(value => value + 0),
  fc.integer({ min: 0, max: 4096 }),
);
const point = fc.option(fc.tuple(coordinate, coordinate));
const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  header: fc.constantFrom('own', 'DeepLabCut', 'DeepLabCut, path in three columns'),
  decimalComma: fc.boolean(),
  quoteAll: fc.boolean(),
  trailing: fc.nat({ max: 3 }),
  fileName: fc.constantFrom('labels.csv', 'CollectedData_me.csv', 'my labels.txt'),
});
type Dialect = typeof dialect extends fc.Arbitrary<infer T> ? T : never;
type Encoding = 'utf-8' | 'utf-8 with BOM' | 'utf-16le' | 'windows-1251';
type Rows = ([number, number] | null)[][];

const tableOf = (name: fc.Arbitrary<string>, encodings: Encoding[]) =>
  fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).chain(keypoints =>
    fc.record({
      keypoints: fc.constant(keypoints),
      rows: fc
        .array(fc.array(point, { minLength: keypoints.length, maxLength: keypoints.length }), {
          minLength: 1,
          maxLength: 8,
        })
        .filter(rows => rows.flat().some(value => value !== null)),
      dialect,
      encoding: fc.constantFrom(...encodings),
    }),
  );

function write(keypoints: string[], rows: Rows, dialect: Dialect): string {
  const { delimiter, lineEnd, header, decimalComma, quoteAll, trailing } = dialect;
  const cell = (text: string) => (quoteAll || /[",;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const number = (value: number) => (decimalComma && delimiter !== ',' ? `${value}`.replace('.', ',') : `${value}`);
  const twice = keypoints.flatMap(name => [name, name]);
  const axes = keypoints.flatMap(() => (header === 'own' ? ['X', 'Y'] : ['x', 'y']));
  const path = (first: string, last = '') => (header.endsWith('columns') ? [first, '', last] : [first || last]);
  const headerRows =
    header === 'own'
      ? [
          ['Image path', ...twice],
          ['', ...axes],
        ]
      : [
          [...path('scorer'), ...axes.map(() => 'me')],
          [...path('bodyparts'), ...twice],
          [...path('coords'), ...axes],
        ];
  const body = rows.map((points, i) => [
    ...path('', `img${i}.png`),
    ...points.flatMap(p => p?.map(number) ?? ['', '']),
  ]);
  return [...headerRows, ...body]
    .map(cells => cells.map(cell).join(delimiter) + delimiter.repeat(trailing) + lineEnd)
    .join('');
}

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  if (encoding === 'utf-8 with BOM') return Buffer.from(`\ufeff${text}`);
  if (encoding === 'utf-8') return Buffer.from(text);
  return Buffer.from(
    Array.from(text, letter => (letter < 'А' ? letter.charCodeAt(0) : letter.charCodeAt(0) - 0x410 + 0xc0)),
  );
}

const roundTrip = async ({
  keypoints,
  rows,
  dialect,
  encoding,
}: {
  keypoints: string[];
  rows: Rows;
  dialect: Dialect;
  encoding: Encoding;
}) => {
  const { skeleton, frames, warnings } = await readFiles({
    [dialect.fileName]: encode(write(keypoints, rows, dialect), encoding),
    ...Object.fromEntries(rows.map((_, i) => [`img${i}.png`, ''])),
  });
  expect(skeleton.keypoints).toEqual(keypoints);
  const labelled = rows.map((points, i) => ({ points, i })).filter(({ points }) => points.some(p => p !== null));
  expect(frames.map(frame => frame.imageName)).toEqual(labelled.map(({ i }) => `img${i}.png`));
  const written = labelled.map(({ points }) => Float32Array.from(points.flatMap(p => p ?? [Number.NaN, Number.NaN])));
  expect(frames.map(frame => frame.points)).toEqual(written);
  const guessed = warnings.filter(warning => warning.includes('Windows-1251'));
  expect(guessed).toHaveLength(encoding === 'windows-1251' ? 1 : 0);
};

describe('any table', () => {
  test('in any dialect is read back with the same names, images and points', async () => {
    const table = tableOf(anyName, ['utf-8', 'utf-8 with BOM', 'utf-16le']);
    await fc.assert(fc.asyncProperty(table, roundTrip), { numRuns: 150 });
  });

  test('in Windows-1251 as well, and says so', async () => {
    await fc.assert(fc.asyncProperty(tableOf(russianName, ['windows-1251']), roundTrip), { numRuns: 40 });
  });

  test('whatever the bytes are, it is read or refused in words', async () => {
    const fragment = fc.constantFrom(
      ...['X', 'Y', ',', ';', '\n', '"', 'a.jpg', '1', '-2.5', 'nose', ' ', '\ufeff', 'coords', '\r', '', '\0'],
      ...['scorer', 'bodyparts', 'individuals', 'likelihood', 'x,y', '{', '}', '"images"', '[', ']'],
    );
    const text = fc.array(fragment, { maxLength: 40 }).map(parts => parts.join(''));
    const csv = fc.oneof(
      text,
      text.map(more => HEADER + more),
      fc.uint8Array({ maxLength: 60 }),
    );
    const fileName = fc.constantFrom('labels.csv', 'other.txt');
    await fc.assert(
      fc.asyncProperty(csv, fileName, async (bytes, name) => {
        try {
          const { skeleton, frames } = await readFiles({ [name]: bytes, 'a.jpg': '' });
          for (const { points } of frames) expect(points.length).toBe(2 * skeleton.keypoints.length);
        } catch (error) {
          const code = expect.stringMatching(/^(labels|image|no_labelled|several_animals)/);
          expect(error).toMatchObject({ name: 'AppError', code });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of 100,000 rows takes seconds', async () => {
    const keypoints = Array.from({ length: 8 }, (_, k) => `keypoint ${k}`);
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `img${i % 1000}.png,${keypoints.map((_, k) => `${i + k},${k}.5`).join()}\n`,
    );
    const header = `Image path,${keypoints.flatMap(name => [name, name]).join()}\n${',X,Y'.repeat(8)}\n`;
    const images = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`img${i}.png`, '']));
    const dataset = await writeDataset(scratch.path('large'), { 'labels.csv': header + rows.join(''), ...images });
    const started = performance.now();
    expect((await readFolder(dataset)).frames).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
