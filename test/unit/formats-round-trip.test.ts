/** One made dataset, written in every table format and in COCO, is the same frames and points; and any COCO is read or refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Files, read as readFolder, writeDataset } from '../support/dataset-folder.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
let folders = 0;
const readFiles = async (files: Files) => readFolder(await writeDataset(scratch.path(`${folders++}`), files));

interface Made {
  keypoints: string[];
  /** Of each image, by its path: x and y of each keypoint, null: hidden. */
  frames: { path: string; points: ([number, number] | null)[] }[];
}

const coordinate = fc.oneof(
  fc.double({ min: -100, max: 4096, noNaN: true }).map(x => x + 0),
  fc.nat({ max: 4096 }),
);
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'nose, left', 'хвост'),
  fc.stringMatching(/^\w{1,8}$/),
);
const made: fc.Arbitrary<Made> = fc.uniqueArray(name, { minLength: 1, maxLength: 6 }).chain(keypoints =>
  fc.record({
    keypoints: fc.constant(keypoints),
    frames: fc
      .array(
        fc.tuple(
          fc.constantFrom('one', 'two', 'three'),
          fc.array(fc.option(fc.tuple(coordinate, coordinate)), {
            minLength: keypoints.length,
            maxLength: keypoints.length,
          }),
        ),
        { minLength: 1, maxLength: 10 },
      )
      .map(list => list.map(([video, points], i) => ({ path: `labeled-data/${video}/img${i}.png`, points })))
      .filter(frames => frames.some(({ points }) => points.some(p => p !== null))),
  }),
);

const csv = (rows: (string | number)[][]) =>
  rows.map(row => `${row.map(cell => (/[,"]/.test(`${cell}`) ? `"${cell}"` : cell)).join(',')}\n`).join('');
const cells = (points: Made['frames'][number]['points']) => points.flatMap<string | number>(p => p ?? ['', '']);
const twice = (names: string[]) => names.flatMap(text => [text, text]);
const axes = (names: string[], x: string, y: string) => names.flatMap(() => [x, y]);
const images = ({ frames }: Made): Files => Object.fromEntries(frames.map(({ path }) => [path, '']));
const dlcHeader = ({ keypoints }: Made) => [
  ['scorer', ...twice(keypoints).map(() => 'me')],
  ['bodyparts', ...twice(keypoints)],
  ['coords', ...axes(keypoints, 'x', 'y')],
];

const WRITERS: Record<string, (dataset: Made) => Files> = {
  labels_csv: ({ keypoints, frames }) => ({
    'labels.csv': csv([
      ['Image path', ...twice(keypoints)],
      ['', ...axes(keypoints, 'X', 'Y')],
      ...frames.map(({ path, points }) => [path, ...cells(points)]),
    ]),
  }),
  lightning_pose: dataset => ({
    'CollectedData.csv': csv([
      ...dlcHeader(dataset),
      ...dataset.frames.map(({ path, points }) => [path, ...cells(points)]),
    ]),
  }),
  deeplabcut: dataset => {
    const videos = [...new Set(dataset.frames.map(({ path }) => path.split('/')[1]!))];
    return Object.fromEntries(
      videos.map(video => {
        const frames = dataset.frames.filter(({ path }) => path.split('/')[1] === video);
        const rows = frames.map(({ path, points }) => [path, ...cells(points)]);
        return [`labeled-data/${video}/CollectedData_me.csv`, csv([...dlcHeader(dataset), ...rows])];
      }),
    );
  },
  coco: ({ keypoints, frames }) => ({
    'annotations.json': JSON.stringify({
      images: frames.map(({ path }, id) => ({ id, file_name: path })),
      annotations: frames.map(({ points }, id) => ({
        ...{ id, image_id: id, category_id: 1 },
        keypoints: points.flatMap(p => (p ? [...p, 2] : [0, 0, 0])),
      })),
      categories: [{ id: 1, name: 'mouse', keypoints, skeleton: [] }],
    }),
  }),
};

test('a dataset written as own table, DeepLabCut, Lightning Pose and COCO is read as the same frames', async () => {
  await fc.assert(
    fc.asyncProperty(made, async dataset => {
      const labelled = dataset.frames.filter(({ points }) => points.some(p => p !== null));
      const wanted = new Map(
        labelled.map(({ path, points }) => [
          path,
          Float32Array.from(points.flatMap(p => p ?? [Number.NaN, Number.NaN])),
        ]),
      );
      for (const [format, write] of Object.entries(WRITERS)) {
        const read = await readFiles({ ...write(dataset), ...images(dataset) });
        expect(read.format).toBe(format);
        expect(read.skeleton.keypoints).toEqual(dataset.keypoints);
        expect(read.namedFrames).toBe(dataset.frames.length);
        expect(new Map(read.frames.map(frame => [frame.imageName, frame.points]))).toEqual(wanted);
        expect(read.frames.map(frame => frame.videoName)).toEqual(
          read.frames.map(frame => frame.imageName.replace(/\/[^/]*$/, '')),
        );
      }
    }),
    { numRuns: 20 },
  );
});

describe('any COCO', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(null, 0, 1, 2, '1', -1, 1e300, [], {}, true),
    fc.array(fc.constantFrom<unknown>(0, 1, 2, 3.5, null, '1'), { maxLength: 7 }),
  );
  const some = <T>(good: T) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(good) }, { weight: 1, arbitrary: value });
  const list = (item: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 6, arbitrary: fc.array(item, { maxLength: 4 }) }, value);
  const image = fc.record({ id: some(1), file_name: some('a.jpg') }, { requiredKeys: [] });
  const annotation = fc.record(
    { id: some(1), image_id: some(1), category_id: some(1), keypoints: some([1, 2, 2, 3, 4, 1]), iscrowd: some(0) },
    { requiredKeys: [] },
  );
  const category = fc.record(
    { id: some(1), name: some('mouse'), keypoints: some(['nose', 'tail']), skeleton: some([[1, 2]]) },
    { requiredKeys: [] },
  );
  const coco = fc
    .record({ images: list(image), annotations: list(annotation), categories: list(category) })
    .map(json => JSON.stringify(json));
  // Cut short, or as Python writes what is no number.
  const damaged = fc.oneof(
    fc.tuple(coco, fc.nat({ max: 400 })).map(([json, end]) => json.slice(0, end)),
    coco.map(json => json.replaceAll('3.5', 'NaN').replaceAll('null', '-Infinity')),
  );

  test('is read or refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(coco, damaged), async json => {
        try {
          const { skeleton, frames } = await readFiles({ 'annotations.json': json, 'a.jpg': '' });
          for (const { points } of frames) expect(points.length).toBe(2 * skeleton.keypoints.length);
          for (const edge of skeleton.edges.flat()) expect(skeleton.keypoints[edge]).toBeDefined();
        } catch (error) {
          const code = expect.stringMatching(/^(labels|image_missing|no_labelled)/);
          expect(error).toMatchObject({ name: 'AppError', code });
        }
      }),
      { numRuns: 250 },
    );
  });
});
