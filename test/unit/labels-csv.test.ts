import { describe, expect, test } from 'vitest';
import { HEADER, labelsReader } from '../support/labels-csv.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const { read, readFiles } = labelsReader(scratch.path);

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
