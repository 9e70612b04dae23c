/** Damaged and hostile .slp files are refused in words, in bounded time, whatever they claim. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Dataset } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { answerSlp } from '../../gpu-worker/data/formats/slp-answer.ts';
import { createCounter } from '../../gpu-worker/media/stall.ts';
import { AppError } from '../../src/errors.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { failure, frameAt, slpDataset } from '../support/slp-dataset.ts';
import { type SlpContent, type SlpVideoSource, writeSlp } from '../support/slp-file.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();
const { put, read } = slpDataset(scratch.path);

/** 1 x 1 pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);
const videos: SlpVideoSource[] = [{ images: [PNG, PNG], frameNumbers: [3, 5] }];
const LABELS: SlpContent = { videos, frames: [frameAt(3, [1, 1], null), frameAt(5, null, [2, 2])] };

/** Makes a table of numbers that claims to have so many rows, and has none. */
const claim = (name: string, rows: number, dtype: [string, string][]): SlpContent => ({
  ...LABELS,
  without: [name],
  change: file => {
    const data = new Map(dtype.map(([column, type]) => [column, /[qQ]/.test(type) ? [0n] : [0]]));
    const table = file.create_dataset({
      ...{ name, data: data as never, dtype: dtype as never },
      ...{ shape: [1], maxshape: [null as never], chunks: [1024] },
    }) as Dataset;
    table.resize([rows]);
  },
});

const graph = (nodes: number[], links: object[] = []) => ({ links, nodes: nodes.map(id => ({ id })) });
const metadata = (names: string[], ...skeletons: object[]) => ({ skeletons, nodes: names.map(name => ({ name })) });

const HOSTILE: [what: string, content: SlpContent, words: string][] = [
  ['metadata that are no JSON', { ...LABELS, metadata: '{"skeletons": [' }, '"metadata" cannot be read'],
  ['no frames', { ...LABELS, without: ['frames'] }, 'lacks the table "frames"'],
  [
    'points in another file',
    { ...LABELS, without: ['points'], change: file => void file.create_external_link('/etc/passwd', '/', 'points') },
    'lacks the table "points"',
  ],
  [
    'a million million points',
    claim('points', 1e12, [
      ['x', '<d'],
      ['y', '<d'],
      ['visible', '<B'],
    ]),
    'claims to have 1000000000000 rows',
  ],
  ['columns that are missing', claim('points', 4, [['x', '<d']]), 'no numbers "y"'],
  [
    'an instance with too few points',
    { ...LABELS, frames: [frameAt(3, [1, 1])] },
    'an instance has 1 points, and its skeleton 2',
  ],
  [
    'a skeleton that is not there',
    { ...LABELS, frames: [{ index: 3, instances: [{ skeleton: 7, points: [[1, 1], null] }] }] },
    'is missing',
  ],
  [
    'keypoints of one name',
    { ...LABELS, metadata: metadata(['tail', 'tail'], graph([0, 1])) },
    'two of its keypoints are named "tail"',
  ],
  ['keypoints without a name', { ...LABELS, metadata: metadata(['tail'], graph([0, 9])) }, 'without a name'],
  [
    'edges between others',
    { ...LABELS, metadata: metadata(['a', 'b'], graph([0, 1], [{ source: 0, target: 5, type: { 'py/id': 1 } }])) },
    'joins keypoints that it does not have',
  ],
  ['a later format', { ...LABELS, formatId: 3.1 }, "SLEAP's format 3.1"],
  ['a video that is not there', { ...LABELS, frames: [{ ...frameAt(3, [1, 1], null), video: 9 }] }, 'video 9'],
];

/** What the thread answers, without the 0.4 s that a thread takes to start. */
async function answerTo(bytes: Uint8Array) {
  const hostPath = scratch.path('damaged.slp');
  await writeFile(hostPath, bytes);
  const job = { hostPath, name: 'labels.slp', counter: createCounter() };
  const labels = await answerSlp(job, 'labels');
  for (const { source } of 'videos' in labels ? labels.videos.values() : []) {
    if (source.kind !== 'embedded') continue;
    const wanted = [0, 1].filter(row => row < source.rows.rows);
    await answerSlp(job, { rows: source.rows, wanted });
  }
  return labels;
}

describe('a damaged file of labels', () => {
  it.each(HOSTILE)('is refused with %s', async (_, content, words) => {
    const bytes = await readFile(await writeSlp(scratch.path('hostile.slp'), content));
    await expect(answerTo(bytes)).rejects.toEqual(failure('labels_invalid', 'labels.slp', words));
  });

  it('is told from no SLEAP labels at all', async () => {
    for (const bytes of ['', 'nose,1,2', '\x89HDF\r\n\x1a\n']) {
      const answer = answerTo(Buffer.from(bytes, 'latin1'));
      await expect(answer).rejects.toEqual(failure('labels_invalid', 'labels.slp is damaged', 'HDF5'));
    }
  });

  it('is given up when reading it does not end', async () => {
    await expect(read(LABELS, { silentSeconds: 0.001 })).rejects.toEqual(failure('labels_invalid', 'does not end'));
  });

  it('cut anywhere, or with any byte changed, is refused or read, and never anything else', async () => {
    const whole = await readFile(await writeSlp(scratch.path('whole.slp'), LABELS));
    const cut = Array.from({ length: 10 }, (_, i) => whole.subarray(0, Math.floor((whole.length * i) / 10)));
    let seed = 20_240;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const flipped = Array.from({ length: 200 }, () => {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 3; i++) bytes[random(bytes.length)]! ^= 1 << random(8);
      return bytes;
    });
    for (const bytes of [...cut, ...flipped]) {
      const outcome = await answerTo(bytes).catch((thrown: unknown) => thrown);
      if (!(outcome instanceof AppError)) expect(outcome).toHaveProperty('frames.points');
    }
  });

  it('reaches its reader as what it is, a damaged image too', async () => {
    const whole = await readFile(await writeSlp(scratch.path('whole.slp'), LABELS));
    await put('labels.slp', whole.subarray(0, whole.length / 2));
    await expect(read(null)).rejects.toEqual(failure('labels_invalid', 'labels.slp is damaged'));
    const cutImage = {
      ...LABELS,
      formatId: 1.2,
      videos: [{ images: [PNG.subarray(0, 40)] }],
      frames: [frameAt(0, [1, 1], null)],
    };
    await expect(read(cutImage)).rejects.toEqual(failure('image_invalid', 'video0, frame 0'));
  });

  it('without a visible point is no damage', async () => {
    const frames = [frameAt(3, [NaN, 1], [1, Infinity])];
    await expect(read({ ...LABELS, frames })).rejects.toEqual(failure('no_labelled_frames', 'no visible point'));
  });
});
