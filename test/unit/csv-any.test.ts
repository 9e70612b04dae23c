import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Files, read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const readFiles = async (files: Files) => readFolder(await writeDataset(scratch.path(), files));

/** Reads a labels.csv beside a.jpg, b.jpg and c.jpg. */
const read = (csv: string | Uint8Array, more: Files = {}) =>
  readFiles({ 'labels.csv': csv, 'a.jpg': '', 'b.jpg': '', 'c.jpg': '', ...more });

const HEADER = 'Image path,nose,nose,tail,tail\n,X,Y,X,Y\n';

describe('any table', () => {
  const name = fc
    .oneof(
      fc.constantFrom('__proto__', 'toString', 'X', 'y', 'NaN', 'a;b,c\td', '"quoted"'),
      fc.string({ unit: 'grapheme' }),
    )
    .map(text => text.replace(/[\r\n\u2028\u2029\ufeff\0]/g, '').trim())
    .filter(text => text !== '');
  // + 0: minus zero is written as 0.
  const coordinate = fc.oneof(
    fc.double({ min: -1e5, max: 1e5, noNaN: true }).map(value => value + 0),
    fc.integer({ min: 0, max: 4096 }),
  );
  const point = fc.oneof(fc.tuple(coordinate, coordinate), fc.constant(null));
  const table = fc
    .uniqueArray(name, { minLength: 1, maxLength: 5 })
    .chain(keypoints =>
      fc.record({
        keypoints: fc.constant(keypoints),
        rows: fc.array(fc.array(point, { minLength: keypoints.length, maxLength: keypoints.length }), {
          minLength: 1,
          maxLength: 8,
        }),
        delimiter: fc.constantFrom(',', ';', '\t'),
        lineEnd: fc.constantFrom('\n', '\r\n'),
        deepLabCut: fc.boolean(),
        bom: fc.boolean(),
        decimalComma: fc.boolean(),
        quoteAll: fc.boolean(),
      }),
    )
    .filter(({ rows }) => rows.flat().some(value => value !== null));

  test('that was written is read back with the same points', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        async ({ keypoints, rows, delimiter, lineEnd, deepLabCut, bom, decimalComma, quoteAll }) => {
          const cell = (text: string) => (quoteAll || /[",;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
          const number = (value: number) =>
            decimalComma && delimiter !== ',' ? String(value).replace('.', ',') : String(value);
          const twice = (texts: string[]) => texts.flatMap(text => [text, text]);
          const axes = keypoints.flatMap(() => (deepLabCut ? ['x', 'y'] : ['X', 'Y']));
          const header = deepLabCut
            ? [
                ['scorer', ...axes.map(() => 'me')],
                ['bodyparts', ...twice(keypoints)],
                ['coords', ...axes],
              ]
            : [
                ['Image path', ...twice(keypoints)],
                ['', ...axes],
              ];
          const body = rows.map((points, i) => [`img${i}.png`, ...points.flatMap(p => (p ? p.map(number) : ['', '']))]);
          const lines = [...header, ...body].map(cells => cells.map(cell).join(delimiter) + lineEnd);
          const images = Object.fromEntries(rows.map((_, i) => [`img${i}.png`, '']));

          const { skeleton, frames } = await readFiles({
            'labels.csv': (bom ? '\ufeff' : '') + lines.join(''),
            ...images,
          });
          expect(skeleton.keypoints).toEqual(keypoints);
          const labelled = rows
            .map((points, i) => ({ points, i }))
            .filter(({ points }) => points.some(p => p !== null));
          expect(frames.map(frame => frame.imageName)).toEqual(labelled.map(({ i }) => `img${i}.png`));
          const written = labelled.map(({ points }) =>
            Float32Array.from(points.flatMap(p => p ?? [Number.NaN, Number.NaN])),
          );
          expect(frames.map(frame => frame.points)).toEqual(written);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('whatever the bytes are, it is read or refused in words', async () => {
    const fragment = fc.constantFrom(
      'X',
      'Y',
      ',',
      ';',
      '\n',
      '"',
      'a.jpg',
      '1',
      '-2.5',
      'nose',
      ' ',
      '\ufeff',
      'coords',
      '\r',
      '',
    );
    const csv = fc.oneof(
      fc.array(fragment, { maxLength: 40 }).map(parts => parts.join('')),
      fc.array(fragment, { maxLength: 40 }).map(parts => HEADER + parts.join('')),
      fc.uint8Array({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(csv, async bytes => {
        try {
          const { skeleton, frames } = await read(bytes);
          for (const { points } of frames) expect(points.length).toBe(2 * skeleton.keypoints.length);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: expect.stringMatching(/^(labels|image|no_labelled)/) });
        }
      }),
      { numRuns: 300 },
    );
  });
});
