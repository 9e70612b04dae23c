/** What a check sees in images and labels, and the pictures it draws. */
import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspectFrames, pickSamples } from '../../gpu-worker/check/inspect.ts';
import { reportOn } from '../../gpu-worker/check/report.ts';
import { drawSample } from '../../gpu-worker/check/sample.ts';
import type { LabelledDataset, LabelledFrame } from '../../gpu-worker/data/formats/format.ts';
import { outsidePoints } from '../../gpu-worker/data/outside.ts';
import { datasetReportSchema } from '../../src/contract/dataset-report.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
const LIMITS = { maxSidePx: 4096 };

/** An image of one colour, and labels in it. */
async function frame(
  name: string,
  rgb: number[],
  points: number[],
  [width, height] = [60, 40],
): Promise<LabelledFrame> {
  const [r, g, b] = rgb as [number, number, number];
  const imagePath = scratch.path(name);
  await writeFile(
    imagePath,
    await sharp({ create: { width: width!, height: height!, channels: 3, background: { r, g, b } } })
      .png()
      .toBuffer(),
  );
  return { imagePath, imageName: name, videoName: name.split('_')[0]!, points: Float32Array.from(points) };
}

const datasetOf = (frames: LabelledFrame[]): LabelledDataset => ({
  ...{ format: 'coco', labelFiles: ['a.json'], frames, namedFrames: frames.length + 2, warnings: ['One thing.'] },
  skeleton: { keypoints: ['nose', 'tail'], edges: [[0, 1]], symmetries: [[0, 1]] },
});

async function reportFor(frames: LabelledFrame[]) {
  const dataset = datasetOf(frames);
  const reads: number[] = [];
  const inspection = await inspectFrames(dataset, { ...LIMITS, onRead: done => void reads.push(done) });
  expect(reads).toEqual(frames.map((_, i) => i + 1));
  return reportOn(dataset, inspection);
}

describe('a report', () => {
  it('counts sizes, videos, visible keypoints, doubles and labels outside', async () => {
    const report = await reportFor([
      await frame('a_0.png', [200, 200, 200], [1, 2, 3, 4]),
      await frame('a_1.png', [200, 200, 200], [1, 2, Number.NaN, Number.NaN]),
      await frame('b_0.png', [90, 90, 90], [1, 2, 80, 4]),
      await frame('b_1.png', [200, 200, 200], [5, 5, 6, 6], [50, 40]),
      await frame('b_2.png', [90, 90, 90], [-20, 2, 3, 4]),
    ]);
    expect(report).toMatchObject({
      ...{ format: 'coco', frames: 7, labelled_frames: 5, channels: 1 },
      sizes: [
        { width_px: 60, height_px: 40, frames: 4 },
        { width_px: 50, height_px: 40, frames: 1 },
      ],
      keypoints: [
        { name: 'nose', visible: 5 },
        { name: 'tail', visible: 4 },
      ],
      ...{ edges: [['nose', 'tail']], symmetries: [['nose', 'tail']] },
      videos: [
        { name: 'a', labelled_frames: 2 },
        { name: 'b', labelled_frames: 3 },
      ],
      duplicates: [
        ['a_0.png', 'a_1.png'],
        ['b_0.png', 'b_2.png'],
      ],
      duplicate_frames: 2,
      outside: {
        points: 2,
        examples: [
          { image: 'b_0.png', keypoint: 'tail', x: 80, y: 4, width_px: 60, height_px: 40 },
          { image: 'b_2.png', keypoint: 'nose', x: -20, y: 2 },
        ],
      },
    });
    expect(report.warnings[0]).toBe('One thing.');
    expect(report.warnings.slice(1).map(text => text.split(/[:,]/)[0])).toEqual([
      'The images differ in size',
      '2 labels lie outside the image',
      '2 labelled frames show what another one shows already',
    ]);
    expect(datasetReportSchema.parse({ ...report, samples: [] })).toEqual({ ...report, samples: [] });
  });

  it('knows colour where any image has some', async () => {
    const report = await reportFor([
      await frame('a.png', [9, 9, 9], [1, 1, 2, 2]),
      await frame('b.png', [200, 9, 9], [1, 1, 2, 2]),
    ]);
    expect([report.channels, report.warnings]).toEqual([3, ['One thing.']]);
  });

  it('warns of images that are nearly black, as those of 12 bits in 16 are', async () => {
    const levels = Uint16Array.from({ length: 100 }, (_, i) => 40 * i);
    await sharp(levels, { raw: { width: 10, height: 10, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(scratch.path('dark.png'));
    const dark = {
      imagePath: scratch.path('dark.png'),
      imageName: 'dark.png',
      videoName: '',
      points: Float32Array.of(1, 1, 2, 2),
    };
    const report = await reportFor([dark]);
    expect(report.warnings.join(' ')).toMatch(
      /only one labelled frame.*nearly black: their highest level is 15 of 255/s,
    );
  });
});

describe('a label', () => {
  it.each([
    ['at the very corners', [-0.5, -0.5, 59.5, 39.5], 0],
    ['that a click at the edge rounds to', [-1, 40, 60, -1], 0],
    ['further out', [-1.5, 3, 3, 41], 2],
    ['that is hidden', [Number.NaN, Number.NaN, 3, 3], 0],
  ])('%s', (_, points, outside) => {
    expect(outsidePoints(Float32Array.from(points), { widthPx: 60, heightPx: 40 }, 0)).toHaveLength(outside);
  });
});

describe('samples', () => {
  it('are spread over the dataset, the first and the last among them', () => {
    const frames = (count: number) => Array.from({ length: count }) as LabelledFrame[];
    expect(pickSamples(frames(90), 8)).toEqual([0, 13, 25, 38, 51, 64, 76, 89]);
    expect([pickSamples([], 8), pickSamples(frames(1), 8), pickSamples(frames(3), 8)]).toEqual([[], [0], [0, 1, 2]]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), count => {
        const picked = pickSamples(frames(count), 8);
        expect(new Set(picked).size).toBe(Math.min(count, 8));
        expect([picked[0], picked.at(-1)]).toEqual([0, count - 1]);
      }),
    );
  });

  it('show large images smaller, with dots and lines where the labels are', async () => {
    const { imagePath } = await frame('large.png', [100, 100, 100], [], [1280, 640]);
    const points = Float32Array.of(200, 300, 1000, 300, Number.NaN, Number.NaN);
    const skeleton = {
      keypoints: ['nose', 'tail', 'ear'],
      edges: [
        [0, 1],
        [1, 2],
      ] as [number, number][],
    };
    const { png, widthPx, heightPx } = await drawSample({ imagePath, points }, skeleton, LIMITS);
    expect([widthPx, heightPx]).toEqual([640, 320]);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([640, 320, 3]);
    const at = (x: number, y: number) => [...data.subarray(3 * (y * 640 + x), 3 * (y * 640 + x) + 3)];
    const isGray = ([r, g, b]: number[]) => r === g && g === b;
    expect([at(100, 150), at(500, 150), at(300, 150)].map(isGray)).toEqual([false, false, false]);
    expect([at(300, 140), at(100, 170), at(620, 300)]).toEqual(Array(3).fill([100, 100, 100]));
  });
});
