import { describe, expect, test } from 'vitest';
import { recognise } from '../../gpu-worker/data/formats/recognise.ts';
import { type Files, read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const OWN = 'Image path,nose,nose\n,X,Y\na.jpg,1,2\n';
const DLC = 'scorer,me,me\nbodyparts,nose,nose\ncoords,x,y\nimages/a.jpg,1,2\n';
const COCO = JSON.stringify({
  images: [{ id: 1, file_name: 'a.jpg' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, keypoints: [1, 2, 2] }],
  categories: [{ id: 1, name: 'mouse', keypoints: ['nose'] }],
});
const hdf5 = (...names: string[]) =>
  Buffer.from(`\x89HDF\r\n\x1a\n${names.map(name => `${name}\0`).join('')}`, 'latin1');

/** `format path path` of each candidate. */
async function found(files: Files): Promise<string[]> {
  const { candidates } = await recognise(await writeDataset(scratch.path(), files));
  return candidates.map(({ format, paths }) => [format, ...paths].join(' '));
}

describe('labels are told by content', () => {
  test.each<[string, Files, string[]]>([
    ['SLEAP labels behind a user block', { 'a.bin': Buffer.concat([Buffer.alloc(512), hdf5()]) }, ['slp a.bin']],
    ['an own table under any name', { 'annotations.txt': OWN }, ['labels_csv annotations.txt']],
    ['with a BOM and semicolons', { 'x.dat': `\ufeff${OWN.replaceAll(',', ';')}` }, ['labels_csv x.dat']],
    ['in UTF-16', { 'x.csv': Buffer.from(`\ufeff${OWN}`, 'utf16le') }, ['labels_csv x.csv']],
    ['a labels.csv whatever is in it', { 'labels.csv': 'a,b\n', 'LABELS.CSV.txt': 'a' }, ['labels_csv labels.csv']],
    ['COCO under any name', { 'labels.csv': COCO }, ['coco labels.csv']],
    ['a table above its images', { 'all.csv': DLC, 'images/a.jpg': '', 'v.mp4': '' }, ['lightning_pose all.csv']],
    ['a table beside its images', { 'v/all.csv': DLC, 'v/a.jpg': '' }, ['deeplabcut v/all.csv']],
    ['SLEAP labels called data.h5', { 'data.h5': hdf5('metadata', 'frames') }, ['slp data.h5']],
    ['a package by its frames', { 'data.h5': hdf5('metadata', 'video0') }, ['pkg_slp data.h5']],
    ['a package by its name', { 'a.pkg.slp': hdf5('metadata') }, ['pkg_slp a.pkg.slp']],
    ['labels that point to a package', { 'a.slp': hdf5('metadata', 'video0/video') }, ['slp a.slp']],
    [
      'a training job by its scripts',
      { 'j/a.pkg.slp': hdf5('video0'), 'j/train-script.sh': 'sleap-train', 'other/b.pkg.slp': hdf5('video0') },
      ['pkg_slp other/b.pkg.slp', 'sleap_job j/a.pkg.slp'],
    ],
    [
      'a training job by its configuration',
      { 'a.pkg.slp': hdf5('video0'), 'single_instance.json': '{"data": {}, "model": {}, "optimization": {}}' },
      ['sleap_job a.pkg.slp'],
    ],
    [
      'a training job of sleap-nn',
      { 'a.pkg.slp': hdf5('video0'), 'config.yaml': 'name: a\ndata_config:\n  x: 1\n' },
      ['sleap_job a.pkg.slp'],
    ],
  ])('%s', async (_, files, expected) => {
    expect(await found(files)).toEqual(expected);
  });

  test.each<[string, Files]>([
    ['predictions', { 'a.analysis.h5': hdf5('track_occupancy', 'tracks') }],
    ['weights', { 'best_model.h5': hdf5('model_weights') }],
    ['pandas tables', { 'CollectedData_me.h5': hdf5('df_with_missing') }],
    ['boxes in COCO', { 'instances.json': COCO.replaceAll('keypoints', 'points') }],
    ['other JSON', { 'events.json': '{"wall_time": 1, "images": []}', 'list.json': '[1, 2]' }],
    ['other tables', { 'times.csv': 'frame,x,y\n0,1,2\n', 'groups.csv': 'Image path,Group\na.jpg,X\n' }],
    ['a skeleton of x and y', { 'skeleton.csv': 'Keypoint name,Parent name\nnose,x,y\n' }],
    ['images and videos, whatever is in them', { 'a.png': OWN, 'b.MP4': COCO }],
    ['empty and binary files', { empty: '', 'noise.bin': Buffer.from([0, 1, 2, 255, 254]) }],
  ])('%s are none', async (_, files) => {
    expect(await found(files)).toEqual([]);
  });

  test('a header behind 300 KB of blank lines is not looked for; one row of 100 KB is read', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `keypoint number ${i}`).flatMap(name => [name, name]);
    const wide = `Image path,${names.join(',')}\n${',X,Y'.repeat(2000)}\na.jpg\n`;
    expect(await found({ 'wide.csv': wide, 'late.csv': '\n'.repeat(300_000) + OWN })).toEqual(['labels_csv wide.csv']);
  });
});

describe('which labels are read', () => {
  const files = { 'labels.csv': OWN, 'coco/annotations.json': COCO, 'coco/more.json': COCO, 'a.jpg': '' };

  test('those the request names, by format or by path', async () => {
    const dataset = await writeDataset(scratch.path(), files);
    expect(await readFolder(dataset, { dataset_format: 'labels_csv' })).toMatchObject({ labelFiles: ['labels.csv'] });
    const labels = { dataset_labels: './Coco/more.json' };
    expect(await readFolder(dataset, labels)).toMatchObject({ format: 'coco', labelFiles: ['coco/more.json'] });
  });

  test('several are ambiguous, and each is named', async () => {
    const dataset = await writeDataset(scratch.path(), files);
    await expect(readFolder(dataset)).rejects.toMatchObject({
      code: 'dataset_ambiguous',
      message:
        'The dataset holds several labels: labels_csv ("labels.csv"), coco ("coco/annotations.json") and coco ("coco/more.json"). Which are meant is not clear.',
      remedy: 'Send the path of the one that is meant as dataset_labels, or pack only the labels that are meant.',
    });
    const two = { folder: dataset.folder, files: dataset.files.filter(({ path }) => path !== 'coco/more.json') };
    await expect(readFolder(two)).rejects.toMatchObject({
      code: 'dataset_ambiguous',
      remedy: 'Send dataset_format (labels_csv, coco), or pack only the labels that are meant.',
    });
    await expect(readFolder(dataset, { dataset_format: 'coco' })).rejects.toMatchObject({ code: 'dataset_ambiguous' });
  });

  test('what is asked for and not there', async () => {
    const dataset = await writeDataset(scratch.path(), { 'labels.csv': OWN, 'a.jpg': '', 'notes.txt': 'none' });
    await expect(readFolder(dataset, { dataset_format: 'coco' })).rejects.toMatchObject({
      code: 'labels_missing',
      message:
        'The dataset has no labels of the format coco (COCO keypoints (.json) with images). It holds labels_csv ("labels.csv").',
    });
    await expect(readFolder(dataset, { dataset_labels: 'x.csv' })).rejects.toMatchObject({
      code: 'labels_missing',
      message: '"x.csv", which dataset_labels names, is not in the dataset. It holds labels_csv ("labels.csv").',
    });
    await expect(readFolder(dataset, { dataset_labels: 'notes.txt' })).rejects.toMatchObject({
      message: expect.stringContaining('is no label file that can be read. It holds labels_csv'),
    });
  });

  test('leftovers of macOS are no data', async () => {
    const dataset = await writeDataset(scratch.path(), {
      '__MACOSX/data/labels.csv': OWN,
      '__MACOSX/data/._a.jpg': '',
      'data/._labels.csv': OWN,
      'data/.DS_Store': 'x',
      'data/labels.csv': OWN,
      'data/a.jpg': '',
    });
    expect(await readFolder(dataset)).toMatchObject({ labelFiles: ['data/labels.csv'], warnings: [] });
    const alone = { folder: dataset.folder, files: dataset.files.filter(({ path }) => path.includes('__MACOSX')) };
    await expect(readFolder(alone)).rejects.toMatchObject({
      code: 'labels_missing',
      message: 'The dataset has no labels.csv and no labels in another format that can be read. It is empty.',
    });
  });

  test('Lightning Pose with the skeleton.csv that may lie beside it', async () => {
    const csv = DLC.replaceAll('me,me', 'me,me,me,me')
      .replace('nose,nose', 'nose,nose,tail,tail')
      .replace('x,y', 'x,y,x,y');
    const dataset = await writeDataset(scratch.path(), {
      'CollectedData.csv': csv.replace('1,2', '1,2,3,4'),
      'skeleton.csv': 'Keypoint name,Parent name\ntail,nose\n',
      'images/a.jpg': '',
    });
    expect(await readFolder(dataset)).toMatchObject({
      format: 'lightning_pose',
      skeleton: { keypoints: ['nose', 'tail'], edges: [[0, 1]] },
      frames: [{ imageName: 'images/a.jpg', videoName: 'images' }],
    });
  });
});
