/** Files that other programs wrote: COCO layouts and DeepLabCut tables of sleap-io's tests, and a Lightning Pose dataset. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LabelledDataset } from '../../gpu-worker/data/formats/format.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import type { DatasetOptions } from '../../src/contract/dataset.ts';
import { listDataset, read as readFolder } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const FIXTURES = new URL('../../../shared/data/fixtures/', import.meta.url).pathname;
const COCO = join(FIXTURES, 'coco');
const DLC = join(FIXTURES, 'dlc');
const MIRROR_MOUSE = new URL('../../../shared/data/mirror-mouse/mirror-mouse-dlc.zip', import.meta.url).pathname;

const scratch = scratchFolder();
const read = async (folder: string, options: DatasetOptions = {}) => readFolder(await listDataset(folder), options);
const visible = ({ frames }: LabelledDataset) =>
  frames.map(({ points }) => points.filter((value, i) => i % 2 === 0 && !Number.isNaN(value)).length);

describe.skipIf(!existsSync(COCO))('COCO of other programs (shared/data/fixtures/coco)', () => {
  test.each<[string, DatasetOptions, string[], number[], RegExp[]]>([
    [
      'flat_images',
      { dataset_labels: 'annotations.json' },
      ['image_001.jpg', 'image_002.jpg', 'image_003.jpg'],
      [17, 17, 17],
      [],
    ],
    [
      'flat_images',
      { dataset_labels: 'annotations_negative_frame.json' },
      ['image_001.jpg', 'image_003.jpg'],
      [17, 17],
      [/^1 of 3 images .* have no visible keypoint/],
    ],
    ['nested_paths', {}, ['frame_000001.jpg', 'frame_000002.jpg', 'frame_000003.jpg'], [17, 17, 17], []],
    [
      'category_folders',
      {},
      ['mouse_001.jpg', 'mouse_002.jpg'],
      [17, 17],
      [/"mouse" was read, "fly" \(1 annotation\) left out/, /^1 of 3 images/],
    ],
    ['multi_source', {}, ['source1/img_001.jpg', 'source1/img_002.jpg', 'source2/img_001.jpg'], [17, 17, 17], []],
    ['visibility_binary', {}, ['image_001.jpg', 'image_002.jpg', 'image_003.jpg'], [11, 11, 11], []],
    [
      'visibility_ternary',
      {},
      ['image_001.jpg', 'image_002.jpg', 'image_003.jpg'],
      [5, 5, 5],
      [/^18 keypoints .* hidden/],
    ],
    [
      'mixed_animals',
      {},
      ['image_001.jpg', 'image_002.jpg', 'image_003.jpg'],
      [17, 17, 17],
      [/"fly" \(3 annotations\) left out/],
    ],
  ])('%s %j', async (name, options, images, counts, warnings) => {
    const dataset = await read(join(COCO, name), options);
    expect(dataset).toMatchObject({ format: 'coco', namedFrames: 3 });
    expect(dataset.skeleton.keypoints).toHaveLength(17);
    expect(dataset.skeleton.edges).toHaveLength(16);
    expect(dataset.frames.map(frame => frame.imageName)).toEqual(images.map(image => expect.stringContaining(image)));
    expect(visible(dataset)).toEqual(counts);
    const said = dataset.warnings.filter(warning => !warning.startsWith('The keypoint'));
    expect(said).toEqual(warnings.map(warning => expect.stringMatching(warning)));
    const [annotation] = JSON.parse(await readFile(join(COCO, name, dataset.labelFiles[0]!), 'utf8')).annotations;
    const last = dataset.frames[0]!.points.findLastIndex(value => !Number.isNaN(value));
    expect(dataset.frames[0]!.points[last]).toBe(annotation.keypoints[((last - 1) / 2) * 3 + 1]);
  });

  test('flat_images as a whole holds two label files', async () => {
    await expect(read(join(COCO, 'flat_images'))).rejects.toMatchObject({ code: 'dataset_ambiguous' });
  });
});

describe.skipIf(!existsSync(DLC))('DeepLabCut tables (shared/data/fixtures/dlc)', () => {
  test.each(['dlc_testdata', 'dlc_testdata_v2'])('%s', async name => {
    const dataset = await read(DLC, { dataset_labels: `labeled-data/video/${name}.csv` });
    expect(dataset).toMatchObject({ format: 'deeplabcut', namedFrames: 4, skeleton: { keypoints: ['A', 'B', 'C'] } });
    const names = ['img000.png', 'img001.png', 'img003.png'];
    expect(dataset.frames.map(frame => frame.imageName)).toEqual(names.map(image => `labeled-data/video/${image}`));
    expect(dataset.frames.map(frame => Array.from(frame.points))).toEqual([
      [0, 1, 2, 3, 4, 5],
      [12, 13, Number.NaN, Number.NaN, 15, 16],
      [22, 23, 24, 25, 26, 27],
    ]);
  });

  test.each(['CollectedData_LM', 'madlc_testdata', 'madlc_testdata_v2', 'maudlc_testdata', 'maudlc_testdata_v2'])(
    '%s labels several animals',
    async name => {
      await expect(read(DLC, { dataset_labels: `labeled-data/video/${name}.csv` })).rejects.toMatchObject({
        code: 'several_animals',
        message: expect.stringContaining('with "Animal1", "Animal2"'),
      });
    },
  );

  test('as a whole: seven tables beside the same images', async () => {
    await expect(read(DLC)).rejects.toMatchObject({ code: 'dataset_ambiguous' });
  });

  test('the configuration of a multi-animal project', async () => {
    const video = scratch.path('labeled-data', 'video');
    await mkdir(video, { recursive: true });
    await cp(join(DLC, 'madlc_230_config.yaml'), scratch.path('config.yaml'));
    await cp(join(DLC, 'labeled-data/video/dlc_testdata.csv'), join(video, 'CollectedData_LM.csv'));
    await expect(read(scratch.path())).rejects.toMatchObject({
      code: 'several_animals',
      message:
        'config.yaml says "multianimalproject: true" with "individual1", "individual2", "individual3": several animals per image cannot be trained here.',
    });
  });
});

test.skipIf(!existsSync(MIRROR_MOUSE))('Lightning Pose (shared/data/mirror-mouse/mirror-mouse-dlc.zip)', async () => {
  const folder = scratch.path();
  const files = await unpackArchive(MIRROR_MOUSE, folder, { maxBytes: 1e9, maxEntries: 1000 });
  const dataset = await readFolder({ folder, files });
  expect(dataset).toMatchObject({ format: 'lightning_pose', labelFiles: ['CollectedData.csv'], namedFrames: 90 });
  expect(dataset.frames[0]).toMatchObject({ imageName: 'labeled-data/img01.png', videoName: 'labeled-data' });
  expect(visible(dataset).reduce((sum, count) => sum + count)).toBe(1396);
});
