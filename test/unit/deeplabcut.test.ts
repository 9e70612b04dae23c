import { describe, expect, test } from 'vitest';
import type { DatasetOptions } from '../../src/contract/dataset.ts';
import { type Files, read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const read = async (files: Files, options: DatasetOptions = {}) =>
  readFolder(await writeDataset(scratch.path(), files), options);

/** A table of DeepLabCut with the given rows of numbers, the first at img0.png. */
function table(video: string, bodyparts: string[], rows: number[][]): string {
  const twice = bodyparts.flatMap(name => [name, name]);
  const lines = [
    ['scorer', ...twice.map(() => 'me')],
    ['bodyparts', ...twice],
    ['coords', ...bodyparts.flatMap(() => ['x', 'y'])],
    ...rows.map((row, i) => [`labeled-data/${video}/img${i}.png`, ...row.map(value => (value < 0 ? '' : `${value}`))]),
  ];
  return lines.map(cells => `${cells.join(',')}\n`).join('');
}

const CONFIG = `
    # Project definitions (do not edit)
Task: reach
scorer: me
multianimalproject: false
video_sets:
  D:\\videos\\one.mp4:
    crop: 0, 384, 0, 384
bodyparts:
- snout
- tail
skeleton:
- - snout
  - tail
`;
const image = (video: string, i = 0) => ({ [`labeled-data/${video}/img${i}.png`]: '' });
const one = {
  'labeled-data/one/CollectedData_me.csv': table(
    'one',
    ['snout', 'tail'],
    [
      [1, 2, 3, 4],
      [-1, -1, 5, 6],
      [-1, -1, -1, -1],
    ],
  ),
  ...image('one'),
  ...image('one', 1),
};
const two = {
  'labeled-data/two/CollectedData_me.csv': table('two', ['tail', 'snout'], [[7, 8, 9, 10]]),
  ...image('two'),
};

describe('a DeepLabCut project', () => {
  test('is one dataset of all its videos, with the body parts in one order and the skeleton of config.yaml', async () => {
    const { frames, ...rest } = await read({ 'config.yaml': CONFIG, ...one, ...two });
    expect(rest).toEqual({
      format: 'deeplabcut',
      labelFiles: ['labeled-data/one/CollectedData_me.csv', 'labeled-data/two/CollectedData_me.csv'],
      skeleton: { keypoints: ['snout', 'tail'], edges: [[0, 1]] },
      namedFrames: 4,
      warnings: ['1 of 4 rows of the 2 tables have no point and were left out.'],
    });
    expect(frames.map(({ imageName, videoName, points }) => [imageName, videoName, ...points])).toEqual([
      ['labeled-data/one/img0.png', 'labeled-data/one', 1, 2, 3, 4],
      ['labeled-data/one/img1.png', 'labeled-data/one', Number.NaN, Number.NaN, 5, 6],
      ['labeled-data/two/img0.png', 'labeled-data/two', 9, 10, 7, 8],
    ]);
  });

  test('may lie in a folder, or be the folders of its videos only', async () => {
    const inFolder = Object.fromEntries(Object.entries({ ...one, ...two }).map(([path, text]) => [`p/${path}`, text]));
    expect((await read(inFolder)).frames).toHaveLength(3);
    const bare = Object.fromEntries(
      Object.entries({ ...one, ...two }).map(([path, text]) => [path.replace('labeled-data/', ''), text]),
    );
    const dataset = await read(bare);
    expect(dataset.format).toBe('deeplabcut');
    expect(dataset.frames.map(frame => frame.imageName)).toEqual(['one/img0.png', 'one/img1.png', 'two/img0.png']);
  });

  test('with its h5 twins, machine labels, results and merged copies beside it is still one', async () => {
    const results = 'scorer,DLC,DLC,DLC\nbodyparts,snout,snout,snout\ncoords,x,y,likelihood\n0,1,2,0.9\n';
    const { frames, labelFiles } = await read({
      'config.yaml': CONFIG,
      ...one,
      'labeled-data/one/CollectedData_me.h5': Buffer.from('\x89HDF\r\n\x1a\n df_with_missing\0', 'latin1'),
      'labeled-data/one/machinelabels-iter0.csv': results,
      'videos/oneDLC_resnet50.csv': results,
      'training-datasets/iteration-0/Unaugmented/CollectedData_me.csv': one['labeled-data/one/CollectedData_me.csv'],
      'dlc-models/pose_cfg.yaml': 'all_joints:\n- - 0\n',
    });
    expect(labelFiles).toEqual(['labeled-data/one/CollectedData_me.csv']);
    expect(frames).toHaveLength(2);
  });

  test('of two scorers is read as config.yaml says, and is ambiguous without it', async () => {
    const other = { 'labeled-data/one/CollectedData_you.csv': table('one', ['snout', 'tail'], [[0, 0, 0, 0]]) };
    const { labelFiles, warnings } = await read({ 'config.yaml': CONFIG, ...one, ...two, ...other });
    expect(labelFiles).toEqual(Object.keys({ ...one, ...two }).filter(path => path.endsWith('me.csv')));
    expect(warnings[0]).toBe(
      'config.yaml names the scorer "me", so the tables of others were left out: "labeled-data/one/CollectedData_you.csv".',
    );
    const files = { ...one, ...two, ...other };
    const folder = await writeDataset(scratch.path('again'), files);
    await expect(readFolder(folder)).rejects.toMatchObject({ code: 'dataset_ambiguous' });
    const picked = await readFolder(folder, { dataset_labels: 'labeled-data\\one\\CollectedData_you.csv' });
    expect(Array.from(picked.frames[0]!.points)).toEqual([0, 0, 0, 0]);
    const mine = await readFolder(folder, { dataset_labels: 'labeled-data/two/CollectedData_me.csv' });
    expect(mine.frames).toHaveLength(3);
  });

  test('whose config.yaml does not fit warns and goes on', async () => {
    const more = CONFIG.replace('- tail\n', '- tail\n- paw\n').replace('  - tail', '  - wing');
    const { skeleton, warnings } = await read({ 'config.yaml': more, ...two });
    expect(skeleton).toEqual({ keypoints: ['tail', 'snout'], edges: [] });
    expect(warnings).toEqual([
      'config.yaml lists body parts that no table has: "paw".',
      'The skeleton in config.yaml names body parts that the labels do not have: "wing".',
    ]);
    const broken = await read({ 'config.yaml': 'bodyparts: [a\n  - : {', ...two });
    expect(broken.warnings).toEqual([
      expect.stringMatching(/^config\.yaml is not readable YAML: .* It was passed over\.$/),
    ]);
    const deep = await read({ 'config.yaml': `bodyparts: ${'['.repeat(50_000)}`, ...two });
    expect(deep.warnings).toEqual([expect.stringMatching(/^config\.yaml is not readable YAML/)]);
  });
});

describe('what DeepLabCut writes and cannot be trained on is refused', () => {
  test('several animals, by their names', async () => {
    const csv = 'scorer,me,me,me,me\nindividuals,m1,m1,m2,m2\nbodyparts,a,a,a,a\ncoords,x,y,x,y\nimg0.png,1,2,3,4\n';
    await expect(read({ 'labeled-data/one/CollectedData_me.csv': csv, ...image('one') })).rejects.toMatchObject({
      code: 'several_animals',
      message:
        'Line 2 of labeled-data/one/CollectedData_me.csv is a row "individuals" with "m1", "m2": several animals per image cannot be trained here.',
      remedy: 'Export the labels of one animal, or send a project that labels a single animal.',
    });
  });

  test('a multi-animal project', async () => {
    const config = CONFIG.replace('project: false', 'project: true\nindividuals:\n- ann\n- bob');
    await expect(read({ 'config.yaml': config, ...one })).rejects.toMatchObject({
      code: 'several_animals',
      message:
        'config.yaml says "multianimalproject: true" with "ann", "bob": several animals per image cannot be trained here.',
    });
  });

  test('videos with different body parts', async () => {
    const three = { 'labeled-data/three/CollectedData_me.csv': table('three', ['snout', 'paw'], [[7, 8, 9, 10]]) };
    await expect(read({ ...one, ...three, ...image('three') })).rejects.toMatchObject({
      code: 'labels_invalid',
      message:
        'labeled-data/three/CollectedData_me.csv has other body parts than labeled-data/one/CollectedData_me.csv: it lacks "tail" and has "paw" besides. All tables of a project must have the same.',
    });
  });

  test('machine labels alone, and an h5 alone, say why they are none', async () => {
    const machine = 'scorer,DLC,DLC,DLC\nbodyparts,a,a,a\ncoords,x,y,likelihood\nimg0.png,1,2,0.9\n';
    await expect(read({ 'labeled-data/one/machinelabels.csv': machine, ...image('one') })).rejects.toMatchObject({
      code: 'labels_missing',
      message: expect.stringContaining(
        '"labeled-data/one/machinelabels.csv" holds what a network found (it has columns called "likelihood"), not labels.',
      ),
    });
    const h5 = '\x89HDF\r\n\x1a\n pandas_type\0';
    const folder = await writeDataset(scratch.path('h5'), {
      'CollectedData_me.h5': Buffer.from(h5, 'latin1'),
      ...image('one'),
    });
    await expect(readFolder(folder)).rejects.toMatchObject({
      code: 'labels_missing',
      message: expect.stringContaining(
        '"CollectedData_me.h5" is a pandas table: keep the CSV that DeepLabCut writes beside it, that one is read.',
      ),
    });
  });

  test('a project without a single point', async () => {
    const empty = { 'labeled-data/one/CollectedData_me.csv': table('one', ['snout'], [[-1, -1]]), ...image('one') };
    await expect(read(empty)).rejects.toMatchObject({
      code: 'no_labelled_frames',
      message: 'labeled-data/one/CollectedData_me.csv has 1 rows, but none has a point: there is nothing to train on.',
    });
  });
});
