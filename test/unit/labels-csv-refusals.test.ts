import { describe, expect, test } from 'vitest';
import { HEADER, labelsReader } from '../support/labels-csv.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const { read, readFiles } = labelsReader(scratch.path);

const refusal = (csv: string | Uint8Array) => expect(read(csv)).rejects;

describe('what cannot be used is refused with code, place and name', () => {
  test('no labels.csv: what was found instead is listed', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`img${i}.png`, '']));
    await expect(readFiles(files)).rejects.toMatchObject({
      code: 'labels_missing',
      message: expect.stringMatching(
        /^The dataset has no labels\.csv and no labels in .* It holds "img0\.png", .*"img7\.png" and 2 more\.$/,
      ),
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
    await refusal(HEADER).toMatchObject({
      code: 'no_labelled_frames',
      message: expect.stringMatching(/no rows below its header/),
    });
    await refusal(`${HEADER}a.jpg,,,,\n`).toMatchObject({
      code: 'no_labelled_frames',
      message: expect.stringMatching(/has 1 rows, but none has a point/),
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
    ['a likelihood', 'p,nose,nose,nose\n,X,Y,likelihood\na.jpg,1,2,3\n', /columns called "likelihood"/],
    [
      'other axes',
      'p,nose,nose,tail,tail\n,X,Y,X,Z\na.jpg,1,2,3,4\n',
      /must say X and Y below "tail", not "X" and "Z"/,
    ],
    ['Y before X', 'p,nose,nose\n,Y,X\na.jpg,1,2\n', /must say X and Y below "nose", not "Y" and "X"/],
    ['no column for the image', 'nose,nose\nX,Y\n1,2\n', /the first column must be the image path/],
    ['quotes that do not match', `${HEADER}a.jpg,"1,2,3,4\n`, /not a readable CSV table/],
    ['bytes that are no text', Buffer.from([0x49, 0x2c, 0xff, 0xfe, 0x01, 0x0a]), /^labels.csv is not text/],
    ['zeros within the text', `${HEADER}a.jpg,1,2,3,4\n\0\0`, /^labels.csv is not text/],
  ])('%s', async (_, csv, message) => {
    await refusal(csv).toMatchObject({ code: 'labels_invalid', message: expect.stringMatching(message) });
  });

  test('several animals', async () => {
    await refusal('scorer,me,me\nindividuals,m1,m1\nbodyparts,nose,nose\ncoords,x,y\na.jpg,1,2\n').toMatchObject({
      code: 'several_animals',
      message:
        'Line 2 of labels.csv is a row "individuals" with "m1": several animals per image cannot be trained here.',
    });
  });

  test('numbers that are too large for a coordinate', async () => {
    await refusal(`${HEADER}a.jpg,1e39,2,3,4\n`).toMatchObject({ code: 'labels_invalid' });
  });
});
