/** SLEAP labels with images beside them: which labels are used, and how names and numbers are read. */
import type { Dataset } from 'h5wasm';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { failure, frameAt, slpDataset } from '../support/slp-dataset.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();
const { put, read } = slpDataset(scratch.path);

const image = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

describe('labels of SLEAP with a list of images', () => {
  const images = (...filenames: string[]) => [{ filenames }];

  it('give points, names, edges and symmetries, and find the images whatever folder the file names', async () => {
    await put('a/img0.png', image);
    await put('a/img1.png', image);
    const read1 = await read({
      keypoints: ['nose', 'left ear', '__proto__'],
      edges: [
        [0, 1],
        [2, 0],
      ],
      symmetries: [[1, 2]],
      videos: images('C:\\labels\\a\\img0.png', 'C:\\labels\\a\\img1.png', 'C:\\labels\\a\\unlabelled.png'),
      frames: [frameAt(1, [1.5, 2], null, [5, 3.25]), frameAt(0, [0, 0], [4, 1], null)],
    });
    expect(read1).toEqual({
      format: 'slp',
      labelFiles: ['labels.slp'],
      skeleton: {
        keypoints: ['nose', 'left ear', '__proto__'],
        edges: [
          [0, 1],
          [2, 0],
        ],
        symmetries: [[1, 2]],
      },
      frames: [
        {
          imagePath: scratch.path('dataset/a/img1.png'),
          imageName: 'a/img1.png',
          videoName: 'a',
          points: Float32Array.of(1.5, 2, NaN, NaN, 5, 3.25),
        },
        {
          imagePath: scratch.path('dataset/a/img0.png'),
          imageName: 'a/img0.png',
          videoName: 'a',
          points: Float32Array.of(0, 0, 4, 1, NaN, NaN),
        },
      ],
      namedFrames: 2,
      warnings: [],
    });
  });

  it('are read as a person placed them: the first animal of a frame, no predictions, nothing twice', async () => {
    for (const i of [0, 1, 2, 3, 4]) await put(`img${i}.png`, image);
    const points: [number, number][] = [
      [1, 1],
      [2, 2],
    ];
    const { frames, namedFrames, warnings } = await read({
      videos: images('img0.png', 'img1.png', 'img2.png', 'img3.png', 'img4.png'),
      frames: [
        { index: 0, instances: [{ points, predicted: true }] },
        { index: 1, instances: [{ points: [[9, 9], null], predicted: true }, { points }, { points }, { points }] },
        { index: 2, instances: [{ points: [null, null] }] },
        frameAt(3, ...points),
        frameAt(3, [5, 5], [5, 5]),
        { index: 4, instances: [] },
      ],
    });
    expect(frames.map(frame => [frame.imageName, ...frame.points])).toEqual([
      ['img1.png', 1, 1, 2, 2],
      ['img3.png', 1, 1, 2, 2],
    ]);
    expect(namedFrames).toBe(5);
    expect(warnings).toEqual([
      expect.stringContaining('1 frame of labels.slp with predictions only'),
      expect.stringContaining('1 frame of labels.slp with an animal that has no visible point'),
      expect.stringContaining('1 frame of labels.slp labelled a second time'),
      expect.stringContaining(
        '1 of 2 labelled frames of labels.slp have several animals: the first of each is used, 2 more were',
      ),
    ]);
  });

  it('of format 1.0 count from the corner of the first pixel, later ones from its centre', async () => {
    await put('img0.png', image);
    const content = { videos: images('img0.png'), frames: [frameAt(0, [1.5, 2], [3, 0])] };
    expect([...(await read({ ...content, formatId: 1 })).frames[0]!.points]).toEqual([1, 1.5, 2.5, -0.5]);
    expect([...(await read({ ...content, formatId: 1.1 })).frames[0]!.points]).toEqual([1.5, 2, 3, 0]);
  });

  it('keep the skeleton of the first animal where there are several', async () => {
    await put('img0.png', image);
    await put('img1.png', image);
    const graph = (...ids: number[]) => ({ links: [], nodes: ids.map(id => ({ id })) });
    const { skeleton, frames, warnings } = await read({
      metadata: { skeletons: [graph(0), { nx_graph: graph(2, 1) }], nodes: ['a', 'b', 'c'].map(name => ({ name })) },
      videos: images('img0.png', 'img1.png'),
      frames: [
        { index: 0, instances: [{ skeleton: 1, points: [[1, 2], null] }] },
        { index: 1, instances: [{ skeleton: 0, points: [[3, 4]] }] },
      ],
    });
    expect(skeleton.keypoints).toEqual(['c', 'b']);
    expect(frames).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringContaining('several skeletons'),
      'The keypoint "b" is not visible in any labelled image.',
    ]);
  });

  it('are refused in words when nothing is labelled or images are missing', async () => {
    const predicted = {
      index: 0,
      instances: [{ points: [[1, 1], null] as [[number, number], null], predicted: true }],
    };
    const videos = images(...Array.from({ length: 8 }, (_, i) => `/home/me/img${i}.png`));
    await expect(read({ videos, frames: [] })).rejects.toEqual(failure('no_labelled_frames', 'no labelled frames'));
    await expect(read({ videos, frames: [predicted] })).rejects.toEqual(
      failure('no_labelled_frames', 'holds predictions only, in 1 frame'),
    );
    const frames = Array.from({ length: 8 }, (_, i) => frameAt(i, [1, 1], null));
    await expect(read({ videos, frames })).rejects.toEqual(
      failure('image_missing', '8 labelled images', '"img0.png"', 'and 3 more'),
    );
    await expect(read({ videos: [{ filename: 'a.h5', dataset: '/box' }], frames })).rejects.toEqual(
      failure('labels_invalid', '"a.h5"'),
    );
    await put('stack.tif', image);
    await expect(read({ videos: [{ filename: 'stack.tif' }], frames })).rejects.toEqual(
      failure('image_invalid', 'Frame 7 of "stack.tif"', 'pages'),
    );
  });

  it('in tables that are matrices with named columns, as sleap-io.js can write them, are the same', async () => {
    await put('img0.png', image);
    const tables: Record<string, [names: string[], ...rows: number[][]]> = {
      frames: [
        ['frame_id', 'video', 'frame_idx', 'instance_id_start', 'instance_id_end'],
        [0, 0, 0, 0, 1],
      ],
      instances: [
        ['instance_id', 'instance_type', 'skeleton', 'point_id_start', 'point_id_end'],
        [0, 0, 0, 0, 2],
      ],
      points: [
        ['x', 'y', 'visible', 'complete'],
        [1.5, 2.5, 1, 0],
        [3, 4, 0, 0],
      ],
    };
    const { frames } = await read({
      videos: images('img0.png'),
      frames: [],
      without: Object.keys(tables),
      change: file => {
        for (const [name, [names, ...rows]] of Object.entries(tables)) {
          const data = Float64Array.from(rows.flat());
          const table = file.create_dataset({ name, data, shape: [rows.length, names.length], dtype: '<d' });
          (table as Dataset).create_attribute('field_names', JSON.stringify(names));
        }
      },
    });
    expect(frames.map(({ imageName, points }) => [imageName, ...points])).toEqual([['img0.png', 1.5, 2.5, NaN, NaN]]);
  });
});
