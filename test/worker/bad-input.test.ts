/** Datasets and videos that are broken each in its own way: the task says so, and the worker goes on. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { type DatasetChange, filmAnimal, labelsCsv, packDataset } from '../support/lab.ts';
import { roadOver } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database);
const { ended, infer, train } = roadOver(api);
let video: Buffer;
let faststart: Buffer;
let dataset: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
  video = await filmAnimal(30);
  // Key frames often, and the index in front: a copy that broke off can still be read.
  faststart = await filmAnimal(30, ['-g', '5', '-movflags', '+faststart']);
});

describe('bad input fails the task with a sentence, and the worker goes on', () => {
  const withLabels = (text: string): DatasetChange => ({ files: { 'labels.csv': text } });
  it.each<[string, DatasetChange, string, RegExp]>([
    ['no labels.csv', { files: { 'labels.csv': null } }, 'labels_missing', /labels\.csv/],
    ['labels that name an image that is not there', { files: { 'img3.jpg': null } }, 'image_missing', /img3\.jpg/],
    ['an image that is none', { files: { 'img2.jpg': 'hello' } }, 'image_invalid', /img2\.jpg/],
    ['no labelled frame', withLabels(labelsCsv(8, () => '')), 'no_labelled_frames', /label/i],
    [
      'a coordinate that is no number',
      withLabels(labelsCsv(8, px => (px > 100 ? 'left' : `${px}`))),
      'labels_invalid',
      /line/i,
    ],
  ])('%s', async (_, change, code, sentence) => {
    const done = await ended(await train({}, await packDataset(change)));
    expect(done).toMatchObject({ state: 'failed', error: { code }, has_weights: false });
    expect(done.error!.message).toMatch(sentence);
  });

  it('a damaged archive', async () => {
    const damaged = Buffer.from(dataset);
    damaged.fill(0x55, 200, 2000);
    expect(await ended(await train({}, damaged))).toMatchObject({
      state: 'failed',
      error: { code: 'archive_invalid' },
    });
  });

  it('one labelled frame trains, with a warning, and so does a keypoint that is never visible', async () => {
    const one = await ended(await train({ num_epochs: 1 }, await packDataset({ frames: 1 })));
    expect(one).toMatchObject({ state: 'succeeded', frames: { train: 1, validation: 1 } });
    expect(one.warnings.join()).toContain('only one labelled frame');
    const hidden = labelsCsv(8, (px, _, k) => (k === 2 ? '' : px.toFixed(2)));
    const never = await ended(await train({ num_epochs: 1 }, await packDataset(withLabels(hidden))));
    expect(never.state).toBe('succeeded');
    expect(never.warnings.join()).toContain('right_ear');
  });

  it('videos: text, nothing but a header, and cut short', async () => {
    const uid = await train({}, dataset);
    await ended(uid);
    expect(await infer(uid, Buffer.from('This is a text, not a video.'.repeat(50)))).toMatchObject({
      state: 'failed',
      keypoints: null,
      error: { code: 'video_invalid' },
    });
    expect((await infer(uid, video.subarray(0, 40))).error).toMatchObject({
      code: 'video_invalid',
      message: expect.any(String),
    });
    const cut = await infer(uid, faststart.subarray(0, Math.floor(faststart.length * 0.7)));
    expect(cut).toMatchObject({ state: 'succeeded', error: null });
    const delivered = Object.keys(cut.keypoints!).length;
    expect(delivered).toBeGreaterThan(3);
    expect(delivered).toBeLessThan(30);
    expect(cut.warnings.join()).toContain(String(delivered));
    // One bad video blocks nothing.
    expect((await infer(uid, video)).state).toBe('succeeded');
  });
});
