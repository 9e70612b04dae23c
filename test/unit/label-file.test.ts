/** Files that claim to be labels and are too large for the memory; they are sparse, so that the disk does not fill. */
import { truncate, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readLabelFile } from '../../gpu-worker/data/label-file.ts';
import { readImage } from '../../gpu-worker/media/image.ts';
import { listDataset, read, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
const HUGE_BYTES = 10 * 2 ** 30;

test.each([
  ['labels.csv', 'Image path,nose,nose\n,X,Y\na.png,1,2\n'],
  ['a.json', '{"images":[],"annotations":[],"categories":[{"id":1,"keypoints":["nose"]}],"more":"'],
])('a %s of 10 GiB is refused by its size', async (name, head) => {
  await writeDataset(scratch.path('in'), { [name]: head });
  await truncate(scratch.path('in', name), HUGE_BYTES);
  await expect(read(await listDataset(scratch.path('in')))).rejects.toMatchObject({
    code: 'labels_invalid',
    message: `${name} has 10240 MiB; labels of more than 256 MiB are not read.`,
  });
});

test('a file at the limit is read whole', async () => {
  await writeFile(scratch.path('a'), 'x');
  await truncate(scratch.path('a'), 256 * 2 ** 20);
  expect((await readLabelFile(scratch.path('a'), 'a')).length).toBe(256 * 2 ** 20);
});

test('an image of 10 GiB is refused by its size', async () => {
  await writeFile(scratch.path('a.png'), '\x89PNG');
  await truncate(scratch.path('a.png'), HUGE_BYTES);
  await expect(readImage(scratch.path('a.png'), { maxSidePx: 8192 })).rejects.toMatchObject({
    code: 'image_invalid',
    message: 'The image "a.png" is a file of 10240 MiB.',
  });
});
