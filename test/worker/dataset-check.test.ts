/** Checks by a real worker: beside a training, in the words of a training, and whatever is sent. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYPOINTS } from '../../demo/animal.ts';
import type { DatasetCheck } from '../../src/contract/dataset-report.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { everyFormat, makeDataset } from '../support/dataset-formats.ts';
import { labelsCsv, packDataset, TINY } from '../support/lab.ts';
import { roadOver, until } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { tarEntry, tarOf } from '../support/tar-writer.ts';
import { useWorker } from '../support/worker.ts';
import { zipOf } from '../support/zip-writer.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
const worker = useWorker(database, { MAX_ARCHIVE_BYTES: '30000000', MAX_ARCHIVE_ENTRIES: '2000' });
const { ended, model, stats, train } = roadOver(api);
const scratch = scratchFolder();
let dataset: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
});

async function check(bytes: Uint8Array, more: Record<string, unknown> = {}) {
  const response = await api.post('/api/datasets/check', {
    training_dataset: Buffer.from(bytes).toString('base64'),
    ...more,
  });
  return { status: response.status, body: await response.json() };
}

describe('a check', () => {
  it('tells what a training would see, with pictures', async () => {
    const { status, body } = await check(dataset);
    expect(status, JSON.stringify(body)).toBe(200);
    const { report } = body as DatasetCheck;
    expect(report).toMatchObject({
      ...{ format: 'labels_csv', label_files: ['labels.csv'], frames: 8, labelled_frames: 8, channels: 1 },
      sizes: [{ width_px: 128, height_px: 128, frames: 8 }],
      keypoints: KEYPOINTS.map(name => ({ name, visible: 8 })),
      ...{ duplicates: [], duplicate_frames: 0, outside: { points: 0, examples: [] }, warnings: [] },
    });
    expect(report!.samples).toHaveLength(8);
    for (const { url, width_px, height_px } of report!.samples) {
      const { width, height, format, channels } = await sharp(await (await api.get(url)).arrayBuffer()).metadata();
      expect([width, height, format]).toEqual([width_px, height_px, 'png']);
      // The labels are coloured, the animal is gray.
      expect(channels).toBeGreaterThanOrEqual(3);
    }
  });

  it('counts doubles and what lies outside, and says so', async () => {
    const copied = await packDataset({
      files: { 'labels.csv': `${labelsCsv(8).replace(/^(img0\.jpg),[^,]+,/m, '$1,500.5,')}img7b.jpg,1,2,,,,,,,,,,\n` },
    });
    const { body: missing } = await check(copied);
    expect(missing).toMatchObject({ error: 'image_missing', detail: expect.stringContaining('img7b.jpg') });
    const double = await packDataset({
      files: {
        'labels.csv': `${labelsCsv(8).replace(/^(img0\.jpg),[^,]+,/m, '$1,500.5,')}copy.png,1,2,,,,,,,,,,\ncopy2.png,3,4,,,,,,,,,,\n`,
        'copy.png': await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
        'copy2.png': await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      },
    });
    const { body } = await check(double);
    expect(body.report).toMatchObject({
      ...{ channels: 3, labelled_frames: 10, duplicates: [['copy.png', 'copy2.png']], duplicate_frames: 1 },
      sizes: [
        { width_px: 128, height_px: 128, frames: 8 },
        { width_px: 40, height_px: 30, frames: 2 },
      ],
      outside: { points: 1, examples: [{ image: 'img0.jpg', keypoint: KEYPOINTS[0], x: 500.5, width_px: 128 }] },
    });
    expect(body.report.warnings.join(' ')).toMatch(/differ in size.*outside the image.*"copy\.png" and "copy2\.png"/s);
  });

  it('does not wait for a training, whose dataset it may become', async () => {
    const uid = await train({ num_epochs: 1000 }, dataset);
    await until(
      () => stats(uid),
      ({ loss }) => loss !== undefined,
      'the first epoch',
    );
    const { status, body } = await check(await packDataset({ frames: 5 }));
    expect([status, body.report.labelled_frames]).toEqual([200, 5]);
    expect((await model(uid)).state).toBe('active');
    await api.post('/api/stop-training', { model_uid: uid });
    await ended(uid);
    const response = await api.post('/api/train-network', { check_id: body.check_id, training_config: TINY });
    const done = await ended((await response.json()).model_uid);
    expect(done).toMatchObject({ state: 'succeeded', frames: { train: 4, validation: 1 } });
  });

  it('of SLEAP, COCO and an encrypted dataset, and a training on each', async () => {
    const sent = await everyFormat(await makeDataset(1), scratch.path(), [
      'coco.tar.xz',
      'padded.pkg.slp',
      'secret.7z',
    ]);
    expect(sent.map(({ format }) => format)).toEqual(['labels_csv', 'coco', 'pkg_slp']);
    const checkIds: string[] = [];
    for (const { format, bytes, password } of sent) {
      const { status, body } = await check(bytes, { dataset_password: password });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body.report).toMatchObject({ format, labelled_frames: 5, channels: 1, warnings: [] });
      checkIds.push(body.check_id);
    }
    const config = { ...TINY, num_epochs: 1, batches_per_epoch: 1 };
    for (const check_id of checkIds) {
      const response = await api.post('/api/train-network', { check_id, training_config: config });
      expect(await ended((await response.json()).model_uid)).toMatchObject({
        state: 'succeeded',
        keypoints: KEYPOINTS,
      });
    }
  });
});

describe('what is hostile is refused in a sentence, and the worker goes on', () => {
  const zip = (name: string, content: string | Uint8Array) => zipOf([{ name, content }]);
  it.each<[string, () => Uint8Array, string, RegExp]>([
    [
      'a bomb',
      () => zipOf([{ name: 'a.csv', content: Buffer.alloc(40_000_000) }]),
      'archive_too_large',
      /30000000 bytes/,
    ],
    [
      'too many entries',
      () => tarOf(Array.from({ length: 2100 }, (_, i) => tarEntry(`${i}`))),
      'archive_too_large',
      /2000 files/,
    ],
    [
      'labels that are noise',
      () => zip('labels.csv', Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) & 255))),
      'labels_invalid',
      /labels\.csv/,
    ],
    [
      'a .slp of noise',
      () => Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(4000, 0xa5)]),
      'labels_invalid',
      /damaged/,
    ],
    [
      'an image that claims to be huge',
      () =>
        zipOf([
          { name: 'labels.csv', content: 'Image path,nose,nose\n,X,Y\na.bmp,1,2\n' },
          { name: 'a.bmp', content: hugeBmp() },
        ]),
      'image_invalid',
      /MAX_IMAGE_SIDE_PX/,
    ],
    [
      'nothing but a link',
      () => tarOf([tarEntry('labels.csv', { kind: '2', link: '/etc/passwd' })]),
      'archive_invalid',
      /no files/,
    ],
  ])('%s', async (_, make, code, sentence) => {
    const { status, body } = await check(make());
    expect([status === 400 || status === 413, body.error]).toEqual([true, code]);
    expect(body.detail).toMatch(sentence);
  });

  it('in one process all the while', async () => {
    expect((await check(dataset)).status).toBe(200);
    expect(worker.process.exitCode).toBe(null);
    const [again] = await database.client.sql`select count(*)::int as n from tasks where attempt > 1`;
    expect(again!.n).toBe(0);
  });
});

/** 60,000 pixels a side, of which there are none. */
function hugeBmp(): Buffer {
  const bmp = Buffer.alloc(58);
  bmp.write('BM');
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(60_000, 18);
  bmp.writeInt32LE(60_000, 22);
  bmp.writeUInt16LE(24, 28);
  return bmp;
}
