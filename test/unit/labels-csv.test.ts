import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLabelledFrames } from '../../gpu-worker/data/labels-csv.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

/** Writes the files (images may be empty: the reader only looks for them) and reads the labels. */
async function readFiles(files: Record<string, string | Uint8Array>) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(scratch.path(path)), { recursive: true });
    await writeFile(scratch.path(path), content);
  }
  return await readLabelledFrames(
    scratch.path(),
    Object.keys(files).map(path => ({ path })),
  );
}

/** Reads a labels.csv beside a.jpg, b.jpg and c.jpg. */
const read = (csv: string | Uint8Array, more: Record<string, string> = {}) =>
  readFiles({ 'labels.csv': csv, 'a.jpg': '', 'b.jpg': '', 'c.jpg': '', ...more });

const refusal = (csv: string | Uint8Array) => expect(read(csv)).rejects;

const HEADER = 'Image path,nose,nose,tail,tail\n,X,Y,X,Y\n';

describe('the layout of the labelling tool', () => {
  test('is read: keypoints, points, hidden ones, where the images are', async () => {
    const { skeleton, frames, warnings } = await read(`${HEADER}a.jpg,1,2.5,,\nb.jpg,-3,4e1,5,6\n`);
    expect(skeleton).toEqual({ keypoints: ['nose', 'tail'], edges: [] });
    expect(frames).toEqual([
      {
        imagePath: scratch.path('a.jpg'),
        imageName: 'a.jpg',
        videoName: '',
        points: Float32Array.of(1, 2.5, Number.NaN, Number.NaN),
      },
      { imagePath: scratch.path('b.jpg'), imageName: 'b.jpg', videoName: '', points: Float32Array.of(-3, 40, 5, 6) },
    ]);
    expect(warnings).toEqual([]);
  });

  test('a row without any point is left out, with a warning', async () => {
    const { frames, warnings } = await read(`${HEADER}a.jpg,,,,\nb.jpg,1,2,3,4\nnowhere.jpg,,NaN,nan,\n`);
    expect(frames.map(frame => frame.imageName)).toEqual(['b.jpg']);
    expect(warnings).toEqual(['2 of 3 rows of labels.csv have no point and were left out.']);
  });

  test('a keypoint that is never visible is kept, with a warning that names it', async () => {
    const { skeleton, warnings } = await read(`${HEADER}a.jpg,1,2,,\nb.jpg,1,2,,\n`);
    expect(skeleton.keypoints).toEqual(['nose', 'tail']);
    expect(warnings).toEqual(['The keypoint "tail" is not visible in any labelled image.']);
  });

  test('an image named twice is kept twice, with a warning', async () => {
    const { frames, warnings } = await read(`${HEADER}a.jpg,1,2,3,4\na.jpg,5,6,7,8\n`);
    expect(frames).toHaveLength(2);
    expect(warnings).toEqual(['1 rows of labels.csv name an image that another row names too.']);
  });

  test('keypoints may be called __proto__, constructor, x or 7', async () => {
    const names = ['__proto__', 'constructor', 'x', '7', 'Y'];
    const header = `Image path,${names.flatMap(name => [name, name]).join(',')}\n${',X,Y'.repeat(names.length)}\n`;
    const skeletonCsv = `Keypoint name,Parent name\n__proto__,\nconstructor,__proto__\nx,toString\n`;
    const csv = `${header}a.jpg,${names.map((_, k) => `${k},${k + 0.5}`).join(',')}\n`;
    const { skeleton, frames, warnings } = await read(csv, { 'skeleton.csv': skeletonCsv });
    expect(skeleton).toEqual({ keypoints: names, edges: [[0, 1]] });
    expect(Array.from(frames[0]!.points)).toEqual(names.flatMap((_, k) => [k, k + 0.5]));
    expect(warnings).toEqual(['skeleton.csv names keypoints that labels.csv does not have: "toString".']);
    expect(Object.prototype).not.toHaveProperty('nose');
  });
});

describe('liberal in what it accepts', () => {
  const plain = `${HEADER}a.jpg,1,2,3,4\nb.jpg,,,5.5,6\n`;
  const expected = [
    [1, 2, 3, 4],
    [Number.NaN, Number.NaN, 5.5, 6],
  ];

  test.each<[string, string | Uint8Array]>([
    ['as it is', plain],
    ['a byte order mark', `\ufeff${plain}`],
    ['UTF-16, as Excel writes "Unicode text"', Buffer.from(`\ufeff${plain.replaceAll(',', '\t')}`, 'utf16le')],
    ['CRLF', plain.replaceAll('\n', '\r\n')],
    ['lower-case axes', plain.replace('X,Y,X,Y', 'x,y,x,y')],
    ['semicolons with decimal commas', plain.replaceAll(',', ';').replaceAll('.5', ',5')],
    ['semicolons with decimal points', plain.replaceAll(',', ';')],
    ['quoted cells', plain.replaceAll('nose', '"nose"').replace('a.jpg', '"a.jpg"').replace('5.5', '"5.5"')],
    ['blank lines and rows of empty cells', `\n\n${plain.replaceAll('\n', '\n\n')},,,,\n , ,,,\n`],
    ['spaces around cells', plain.replaceAll(',', ' , ')],
    ['empty columns at the end', plain.replaceAll('\n', ',,\n')],
    ['the second cell of merged names empty', plain.replace('nose,nose,tail,tail', 'nose,,tail,')],
    ['no line end at the end', plain.trimEnd()],
    ['missing cells at the end of a row', plain.replace('b.jpg,,,5.5,6', 'b.jpg,,,5.5,6\nc.jpg')],
    ['the words pandas writes', plain.replace('b.jpg,,', 'b.jpg,NaN,nan')],
    [
      'the header of DeepLabCut',
      plain.replace(HEADER, 'scorer,me,me,me,me\nbodyparts,nose,nose,tail,tail\ncoords,x,y,x,y\n'),
    ],
    ['backslashes', plain.replace('a.jpg', 'C:\\Users\\me\\images\\a.jpg')],
    ['another case of the image name', plain.replace('a.jpg', 'A.JPG')],
  ])('%s', async (_, csv) => {
    const { skeleton, frames } = await read(csv);
    expect(skeleton.keypoints).toEqual(['nose', 'tail']);
    expect(frames.map(frame => Array.from(frame.points))).toEqual(expected);
    expect(frames.map(frame => frame.imageName)).toEqual(['a.jpg', 'b.jpg']);
  });

  test('the image path of DeepLabCut over three columns', async () => {
    const csv = 'scorer,,,me,me\nbodyparts,,,nose,nose\ncoords,,,x,y\nlabeled-data,vid,img1.png,1,2\n';
    const { frames } = await readFiles({
      'labels.csv': csv,
      'labeled-data/vid/img1.png': '',
      'labeled-data/old/img1.png': '',
    });
    expect(frames.map(frame => frame.imageName)).toEqual(['labeled-data/vid/img1.png']);
  });

  test('Unicode names in either form: macOS packs them decomposed', async () => {
    const name = 'й.jpg';
    const csv = `${HEADER}${name.normalize('NFC')},1,2,3,4\n`;
    const { frames } = await readFiles({ 'labels.csv': csv, [name.normalize('NFD')]: '' });
    expect(frames[0]!.imageName).toBe(name.normalize('NFD'));
  });
});

describe('where the table and the images may be', () => {
  const csv = (path: string) => `${HEADER}${path},1,2,3,4\n`;

  test('in a folder of the archive, images beside the table', async () => {
    const { frames } = await readFiles({ 'data/labels.csv': csv('a.jpg'), 'data/a.jpg': '', 'other/a.jpg': '' });
    expect(frames[0]).toMatchObject({ imageName: 'data/a.jpg', imagePath: scratch.path('data', 'a.jpg') });
  });

  test('the shallowest of several tables is used, with a warning', async () => {
    const { frames, warnings } = await readFiles({
      'deep/labels.csv': csv('b.jpg'),
      'Labels.csv': csv('a.jpg'),
      'a.jpg': '',
      'b.jpg': '',
    });
    expect(frames[0]!.imageName).toBe('a.jpg');
    expect(warnings).toEqual(['The dataset has 2 files named labels.csv; "Labels.csv" was used.']);
  });

  test('the written path counts before the file name beside the table', async () => {
    const { frames } = await readFiles({
      'labels.csv': csv('two\\a.jpg'),
      'a.jpg': '',
      'one/a.jpg': '',
      'two/a.jpg': '',
    });
    expect(frames[0]!.imageName).toBe('two/a.jpg');
  });

  test('the file name beside the table counts before any other folder', async () => {
    const { frames } = await readFiles({
      'labels.csv': csv('D:/lab/imgs/a.jpg'),
      'a.jpg': '',
      'backup/imgs/a.jpg': '',
    });
    expect(frames[0]!.imageName).toBe('a.jpg');
  });

  test('an image in some other folder is found by its name', async () => {
    const { frames } = await readFiles({ 'csv/labels.csv': csv('a.jpg'), 'images/a.jpg': '' });
    expect(frames[0]!.imageName).toBe('images/a.jpg');
  });

  test('of several the one whose folders agree with the written path', async () => {
    const images = { 'x/day1/a.jpg': '', 'x/day2/a.jpg': '' };
    const { frames } = await readFiles({ 'labels.csv': csv('/home/me/day2/a.jpg'), ...images });
    expect(frames[0]!.imageName).toBe('x/day2/a.jpg');
    await expect(readFiles({ 'labels.csv': csv('a.jpg'), ...images })).rejects.toMatchObject({
      code: 'labels_invalid',
      message: 'labels.csv names "a.jpg", which may be any of "x/day1/a.jpg", "x/day2/a.jpg".',
    });
  });

  test('a path that climbs out of the dataset finds nothing there', async () => {
    await expect(readFiles({ 'labels.csv': csv('../../../etc/hostname') })).rejects.toMatchObject({
      code: 'image_missing',
    });
  });
});

describe('skeleton.csv', () => {
  const labels = `${HEADER}a.jpg,1,2,3,4\n`;

  test('gives the edges, parent first', async () => {
    const { skeleton } = await read(labels, {
      'skeleton.csv': 'Keypoint name,Parent name\r\nnose,\r\ntail,nose\r\ntail,nose\r\n',
    });
    expect(skeleton.edges).toEqual([[0, 1]]);
  });

  test('names it does not know and lines to itself are passed over', async () => {
    const { skeleton, warnings } = await read(labels, { 'skeleton.csv': 'a;b\nnose;nose\ntail;neck\near;nose\n' });
    expect(skeleton.edges).toEqual([]);
    expect(warnings).toEqual(['skeleton.csv names keypoints that labels.csv does not have: "neck", "ear".']);
  });

  test('that is no table is a warning only', async () => {
    const { skeleton, warnings } = await read(labels, { 'skeleton.csv': 'Keypoint name,Parent name\n"nose,\n' });
    expect(skeleton.edges).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^skeleton.csv is not a readable CSV table.*It was passed over\.$/);
  });
});

describe('what cannot be used is refused with code, place and name', () => {
  test('no labels.csv: what was found instead is listed', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`img${i}.png`, '']));
    await expect(readFiles(files)).rejects.toMatchObject({
      code: 'labels_missing',
      message: /^The dataset has no labels\.csv\. It holds "img0\.png", .*"img9\.png" and 2 more\.$/,
    });
  });

  test('images that are missing: up to five names and the count', async () => {
    const rows = Array.from({ length: 7 }, (_, i) => `lost${i}.jpg,1,2,3,4\n`).join('');
    await refusal(`${HEADER}a.jpg,1,2,3,4\n${rows}`).toMatchObject({
      code: 'image_missing',
      message:
        '7 images named in labels.csv are not in the dataset: "lost0.jpg", "lost1.jpg", "lost2.jpg", "lost3.jpg", "lost4.jpg" and 2 more.',
    });
    await refusal(`${HEADER}lost.jpg,1,2,3,4\n`).toMatchObject({
      message: '1 image named in labels.csv is not in the dataset: "lost.jpg".',
    });
  });

  test('no row with a point', async () => {
    await refusal(HEADER).toMatchObject({ code: 'no_labelled_frames', message: /no rows below its header/ });
    await refusal(`${HEADER}a.jpg,,,,\n`).toMatchObject({
      code: 'no_labelled_frames',
      message: /has 1 rows, but none has a point/,
    });
  });

  test.each([
    [
      'a number that is none',
      'b.jpg,1,2,left,4',
      'Line 5 of labels.csv has "left" in the column X of "tail", which is not a number.',
    ],
    [
      'a number with a unit',
      'b.jpg,1,2px,3,4',
      'Line 5 of labels.csv has "2px" in the column Y of "nose", which is not a number.',
    ],
    [
      'infinity',
      'b.jpg,1e999,2,3,4',
      'Line 5 of labels.csv has "1e999" in the column X of "nose", which is not a number.',
    ],
    [
      'hexadecimals',
      'b.jpg,0x10,2,3,4',
      'Line 5 of labels.csv has "0x10" in the column X of "nose", which is not a number.',
    ],
    ['x without y', 'b.jpg,1,,3,4', 'Line 5 of labels.csv has only one of X and Y for "nose".'],
    ['y without x', 'b.jpg,1,2,,4', 'Line 5 of labels.csv has only one of X and Y for "tail".'],
    ['points without an image', ',1,2,3,4', 'Line 5 of labels.csv has points but no image path.'],
    ['more cells than the header', 'b.jpg,1,2,3,4,5', 'Line 5 of labels.csv has more cells than the header.'],
  ])('%s', async (_, row, message) => {
    // A blank line before it: the number is the file's, not the row's.
    await refusal(`${HEADER}a.jpg,1,2,3,4\n\n${row}\n`).toMatchObject({ code: 'labels_invalid', message });
  });

  test.each([
    ['one header row', 'Image path,nose,nose\na.jpg,1,2\n', /no header row that says X and Y/],
    ['an empty file', '', /no header row that says X and Y/],
    [
      'a keypoint named twice',
      'p,nose,nose,nose,nose\n,X,Y,X,Y\na.jpg,1,2,3,4\n',
      /names the keypoint "nose" more than once/,
    ],
    [
      'a keypoint without a name',
      'p,nose,nose,,\n,X,Y,X,Y\na.jpg,1,2,3,4\n',
      /must name each keypoint twice.*columns 4 and 5/,
    ],
    ['a likelihood', 'p,nose,nose,nose\n,X,Y,likelihood\na.jpg,1,2,3\n', /must name each keypoint twice/],
    [
      'other axes',
      'p,nose,nose,tail,tail\n,X,Y,X,Z\na.jpg,1,2,3,4\n',
      /must say X and Y below "tail", not "X" and "Z"/,
    ],
    ['Y before X', 'p,nose,nose\n,Y,X\na.jpg,1,2\n', /must say X and Y below "nose", not "Y" and "X"/],
    ['no column for the image', 'nose,nose\nX,Y\n1,2\n', /the first column must be the image path/],
    [
      'several animals',
      'scorer,me,me\nindividuals,m1,m1\nbodyparts,nose,nose\ncoords,x,y\na.jpg,1,2\n',
      /Line 2 .* several animals per image/,
    ],
    ['quotes that do not match', `${HEADER}a.jpg,"1,2,3,4\n`, /not a readable CSV table/],
    ['bytes that are no text', Buffer.from([0x49, 0x2c, 0xff, 0xfe, 0x80, 0x0a]), /not text in UTF-8/],
  ])('%s', async (_, csv, message) => {
    await refusal(csv).toMatchObject({ code: 'labels_invalid', message });
  });
});

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
