import { describe, expect, test } from 'vitest';
import { readGroups } from '../../gpu-worker/data/groups-csv.ts';
import { type Files, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

async function groups(files: Files, labelFiles: string[], imageNames: string[]) {
  const dataset = await writeDataset(scratch.path(), files);
  return await readGroups(dataset.folder, dataset.files, labelFiles, imageNames);
}

describe('groups.csv', () => {
  test('beside the labels gives each image its group', async () => {
    const files = { 'd/Groups.csv': 'Image path,Group\nb.jpg,ann\na.jpg,bob\n', 'd/a.jpg': '', 'd/b.jpg': '' };
    expect(await groups(files, ['d/labels.csv'], ['d/a.jpg', 'd/b.jpg'])).toEqual(['bob', 'ann']);
  });

  test('stands above label files of many folders, and one beside the first goes before', async () => {
    const images = { 'p/labeled-data/one/a.jpg': '', 'p/labeled-data/two/a.jpg': '' };
    const csv = 'Image path,Group\nlabeled-data/one/a.jpg,ann\nlabeled-data/two/a.jpg,bob\n';
    const labels = ['p/labeled-data/one/C.csv', 'p/labeled-data/two/C.csv'];
    expect(await groups({ ...images, 'p/groups.csv': csv }, labels, Object.keys(images))).toEqual(['ann', 'bob']);
    const near = { ...images, 'p/groups.csv': csv, 'p/labeled-data/one/groups.csv': 'p,g\na.jpg,cid\n' };
    expect(await groups(near, labels, ['p/labeled-data/one/a.jpg'])).toEqual(['cid']);
  });

  test('may name frames of a video as they are called', async () => {
    const csv = 'Image path,Group\n"v.mp4, frame 1",ann\n"v.mp4, frame 2",bob\n';
    const frames = ['v.mp4, frame 2', 'v.mp4, frame 1'];
    expect(await groups({ 'groups.csv': csv }, ['labels.slp'], frames)).toEqual(['bob', 'ann']);
  });

  test('that is missing or incomplete is an error in words', async () => {
    await expect(groups({}, ['labels.csv'], ['a.jpg'])).rejects.toMatchObject({
      code: 'labels_invalid',
      message: 'split_by "group" needs a groups.csv beside the labels, and there is none.',
    });
    await expect(
      groups({ 'groups.csv': 'p,g\na.jpg,\n', 'a.jpg': '' }, ['labels.csv'], ['a.jpg']),
    ).rejects.toMatchObject({
      code: 'labels_invalid',
      message: 'groups.csv gives no group for 1 labelled images: "a.jpg".',
    });
  });
});
