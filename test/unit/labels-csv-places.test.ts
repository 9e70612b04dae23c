import { describe, expect, test } from 'vitest';
import { HEADER, labelsReader } from '../support/labels-csv.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const { read, readFiles } = labelsReader(scratch.path);

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
