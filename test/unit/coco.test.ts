import { describe, expect, test } from 'vitest';
import { cocoReader, IMAGES, label, MOUSE, plain } from '../support/coco-dataset.ts';
import { read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const { read, readText } = cocoReader(scratch.path);
const points = ({ frames }: Awaited<ReturnType<typeof read>>) => frames.map(frame => Array.from(frame.points));

describe('COCO keypoints', () => {
  test('are read: keypoints, edges from 1, points, images', async () => {
    expect(await read(plain)).toEqual({
      format: 'coco',
      labelFiles: ['annotations.json'],
      skeleton: { keypoints: ['nose', 'tail'], edges: [[0, 1]] },
      frames: [
        {
          ...{ imagePath: scratch.path('a.jpg'), imageName: 'a.jpg', videoName: '' },
          points: Float32Array.of(1, 2.5, 3, 4),
        },
        {
          ...{ imagePath: scratch.path('b.jpg'), imageName: 'b.jpg', videoName: '' },
          points: Float32Array.of(5, 6, Number.NaN, Number.NaN),
        },
      ],
      namedFrames: 2,
      warnings: [],
    });
  });

  test('with a 2 somewhere, 1 is hidden and counted; with none, it is visible', async () => {
    const ternary = await read([label(1, 1, [1, 2, 2, 3, 4, 1]), label(2, 2, [5, 6, 2, 7, 8, 2])]);
    expect(points(ternary)[0]).toEqual([1, 2, Number.NaN, Number.NaN]);
    expect(ternary.warnings).toEqual([
      '1 keypoints of annotations.json are labelled as hidden (visibility 1) and were taken as not visible.',
    ]);
    const binary = await read([label(1, 1, [1, 2, 1, 3, 4, 1]), label(2, 2, [5, 6, true, 7, 8, false])]);
    expect(points(binary)).toEqual([
      [1, 2, 3, 4],
      [5, 6, Number.NaN, Number.NaN],
    ]);
  });

  test('of several animals in an image the first is read, the rest counted', async () => {
    const dataset = await read([label(1, 1, [1, 2, 2, 3, 4, 2]), label(2, 1, [5, 6, 2, 7, 8, 2]), plain[1]]);
    expect(points(dataset)[0]).toEqual([1, 2, 3, 4]);
    expect(dataset.warnings).toEqual([
      '1 annotations of annotations.json are further animals of an image: only the first of each was read.',
    ]);
  });

  test('the category with the most labelled annotations is read, the others are named', async () => {
    const fly = { id: 2, name: 'fly', keypoints: ['head'] };
    const flies = [7, 8].map(id => label(id, id - 6, [id, id, 2], { category_id: 2 }));
    const dataset = await read([plain[0], ...flies], { categories: [MOUSE, fly, { id: 3, name: 'box' }] });
    expect(dataset.skeleton).toEqual({ keypoints: ['head'], edges: [] });
    expect(dataset.warnings).toEqual([
      'annotations.json labels several categories: "fly" was read, "mouse" (1 annotation) left out.',
    ]);
  });

  test('images without a label are named frames, and left out', async () => {
    const dataset = await read([plain[0], label(2, 2, null), label(3, 2, []), label(4, 2, [1, 1, 0, 2, 2, 0])]);
    expect(dataset).toMatchObject({ namedFrames: 2, frames: [{ imageName: 'a.jpg' }] });
    expect(dataset.warnings).toEqual([
      '1 of 2 images of annotations.json have no visible keypoint of "mouse" and were left out.',
    ]);
  });

  test('crowds, boxes of other categories and annotations of unknown images are left out and counted', async () => {
    const crowd = label(3, 1, [9, 9, 2, 9, 9, 2], { iscrowd: 1, segmentation: { counts: [1, 2], size: [1, 3] } });
    const stranger = label(4, 1, [9, 9, 2], { category_id: 9 });
    const { frames, warnings } = await read([crowd, stranger, label(5, 77, [9, 9, 2, 9, 9, 2]), ...plain]);
    expect(frames).toHaveLength(2);
    expect(warnings).toEqual([
      '1 annotations of annotations.json are crowds (iscrowd) and were left out.',
      '1 annotations of annotations.json belong to a category that names no keypoints and were left out.',
      '1 annotations of annotations.json belong to an image that it does not list and were left out.',
    ]);
  });

  test('what exporters differ in: filename, ids as strings, a BOM, NaN as Python writes it, the file called .txt', async () => {
    const json = JSON.stringify({
      images: [{ id: 'x', filename: 'C:\\data\\a.jpg' }],
      annotations: [{ id: 1, image_id: 'x', category_id: '1', keypoints: ['here', 'here', 0, 3, 4, 2], note: 'NaN' }],
      categories: [{ ...MOUSE, name: 'a "NaN" \\' }],
    }).replaceAll('"here"', 'NaN');
    const folder = await writeDataset(scratch.path(), { 'labels of May.txt': `\ufeff${json}`, 'a.jpg': '' });
    const dataset = await readFolder(folder);
    expect(points(dataset)).toEqual([[Number.NaN, Number.NaN, 3, 4]]);
    expect(dataset.labelFiles).toEqual(['labels of May.txt']);
  });

  test('lists that stand far apart in a large file', async () => {
    const licenses = Array.from({ length: 20_000 }, (_, id) => ({
      id,
      url: `http://license.example/${'x'.repeat(60)}`,
    }));
    const json = JSON.stringify({ images: IMAGES, licenses, annotations: plain, categories: [MOUSE] });
    expect((await readText(json)).frames).toHaveLength(2);
  });

  test('names such as __proto__ and constructor are names', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const category = { id: '__proto__', name: 'constructor', keypoints: names, skeleton: [[1, 3]] };
    const text = JSON.stringify({
      images: [{ id: '__proto__', file_name: 'a.jpg' }],
      annotations: [
        { id: 'constructor', image_id: '__proto__', category_id: '__proto__', keypoints: Array(9).fill(2) },
      ],
      categories: [category],
    });
    const dataset = await readText(text.replace('{', '{"__proto__": {"keypoints": 1},'));
    expect(dataset.skeleton).toEqual({ keypoints: names, edges: [[0, 2]] });
    expect(points(dataset)).toEqual([Array(6).fill(2)]);
    expect(Object.prototype).not.toHaveProperty('keypoints');
  });
});

describe('the skeleton', () => {
  const edges = async (skeleton: unknown) => {
    const category = { ...MOUSE, keypoints: ['a', 'b', 'c'], skeleton };
    return await read([label(1, 1, Array(9).fill(2)), label(2, 2, Array(9).fill(2))], { categories: [category] });
  };

  test.each<[string, unknown, [number, number][]]>([
    [
      'counts from 1',
      [
        [1, 2],
        [2, 3],
      ],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'counts from 0 where a 0 occurs',
      [
        [0, 1],
        [1, 2],
      ],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    ['counts from 1 where neither 0 nor K occurs', [[1, 2]], [[0, 1]]],
    [
      'names an edge once',
      [
        [1, 2],
        [1, 2],
      ],
      [[0, 1]],
    ],
    ['may be absent', null, []],
  ])('%s', async (_, written, expected) => {
    const { skeleton, warnings } = await edges(written);
    expect(skeleton.edges).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test('with edges that fit nothing warns', async () => {
    const { skeleton, warnings } = await edges([[1, 2], [0, 3], ['a', 'b'], [1, 1], 7]);
    expect(skeleton.edges).toEqual([[1, 2]]);
    expect(warnings).toEqual([
      'The skeleton of "mouse" in annotations.json has edges that fit no keypoints and were left out: 4, the first [0, 3].',
    ]);
  });
});
