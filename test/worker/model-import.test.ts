/** Models that come in: from a zip of this service, from a folder of SLEAP, and what is refused, over the real API and worker. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYPOINTS } from '../../demo/animal.ts';
import { packFolder } from '../../demo/pack-archive.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, packDataset } from '../support/lab.ts';
import { roadOver } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database);
const scratch = scratchFolder();
const { model, ended, file, download, infer, train } = roadOver(api);

let dataset: Buffer;
let video: Buffer;
/** A finished training, and what was downloaded of it. */
let trained: string;
let zip: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
  video = await filmAnimal(10);
  trained = await train({ num_epochs: 2, holdout_fraction: 0.2 }, dataset);
  expect(await ended(trained)).toMatchObject({ state: 'succeeded' });
  zip = await download(trained, 'model.zip');
});

async function sendZip(bytes: Uint8Array) {
  const response = await api.post('/api/models', null, {
    headers: { 'Content-Type': 'application/zip' },
    body: bytes as BodyInit,
  });
  const answer = await response.json();
  return { status: response.status, answer, location: response.headers.get('location') };
}
async function importZip(bytes: Uint8Array) {
  const { status, answer } = await sendZip(bytes);
  expect(status, JSON.stringify(answer)).toBe(202);
  return ended(answer.model_uid);
}

/** What the tests change of a training_config.json. */
interface SleapFile {
  model: { backbone: Record<string, Record<string, unknown> | null>; heads: Record<string, object | null> };
}

/** A zip of these files; null leaves one of the trained model's out. */
async function zipOf(change: Record<string, string | Uint8Array | null>, inFolder = 'model'): Promise<Buffer> {
  const root = scratch.path('zip');
  for (const name of ['best_model.h5', 'training_config.json'])
    change = { [name]: new Uint8Array(await download(trained, name)), ...change };
  for (const [name, content] of Object.entries(change)) {
    if (content === null) continue;
    const path = join(root, 'in', inFolder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await packFolder(join(root, 'in'), join(root, 'm.zip'));
  return readFile(join(root, 'm.zip'));
}

describe('an imported model', () => {
  it('of our own zip predicts what the original predicts, and keeps its log, metrics and seed', async () => {
    const [original, imported] = [await model(trained), await importZip(zip)];
    expect(imported).toMatchObject({
      state: 'succeeded',
      origin: 'import',
      warnings: [],
      has_weights: true,
      seed: original.seed,
      keypoints: original.keypoints,
      frames: original.frames,
      parameters: original.parameters,
      epochs: 2,
      best_epoch: original.best_epoch,
      last_epoch: original.last_epoch,
      pixel_error: original.pixel_error,
      evaluation: original.evaluation,
    });
    // HDF5 notes when each object was made: best_model.h5 is never the same twice.
    for (const name of ['model.json', 'weights.bin', 'metrics.json', 'training_config.json']) {
      const [mine, theirs] = [await download(imported.model_uid, name), await download(trained, name)];
      if (name === 'training_config.json')
        expect(mine.toString().replaceAll(imported.model_uid, trained)).toBe(theirs.toString());
      else expect([name, mine.equals(theirs)]).toEqual([name, true]);
    }
    const [mine, theirs] = [await infer(imported.model_uid, video), await infer(trained, video)];
    expect(mine.state).toBe('succeeded');
    expect(mine.keypoints).toEqual(theirs.keypoints);
  });

  it('of a SLEAP folder predicts, can be gone on from with a dataset, and says that it has none itself', async () => {
    const imported = await importZip(await zipOf({}));
    expect(imported).toMatchObject({ state: 'succeeded', origin: 'import', epochs: 0, keypoints: [...KEYPOINTS] });
    expect((await infer(imported.model_uid, video)).keypoints).toEqual((await infer(trained, video)).keypoints);

    const submit = (body: object) => api.post('/api/train-network', body);
    const training_config = {
      resume_from: imported.model_uid,
      num_epochs: 1,
      batches_per_epoch: 2,
      test_fraction: 0.25,
    };
    const without = await submit({ training_config });
    expect([without.status, (await without.json()).errors[0].pointer]).toEqual([400, '/training_dataset']);
    const answer = await (await submit({ training_config, training_dataset: dataset.toString('base64') })).json();
    const next = await ended(answer.model_uid);
    expect(next).toMatchObject({ state: 'succeeded', epochs: 1, seed: imported.seed });
  });

  it.each([
    [
      'form',
      () => {
        const form = new FormData();
        form.set('model', new Blob([zip as BlobPart]), 'model.zip');
        return { body: form };
      },
    ],
    [
      'JSON',
      () => ({
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ model_zip: zip.toString('base64') }),
      }),
    ],
  ])('may come as a %s', async (_, request) => {
    const response = await fetch(`${api.url}/api/models`, { method: 'POST', ...request() });
    const answer = await response.json();
    expect(response.status, JSON.stringify(answer)).toBe(202);
    expect(response.headers.get('location')).toBe(`/api/models/${answer.model_uid}`);
    expect(await ended(answer.model_uid)).toMatchObject({ state: 'succeeded', origin: 'import' });
  });
});

describe('an import is refused', () => {
  it('at the door when it is no zip or ends early', async () => {
    for (const [bytes, detail] of [
      [dataset, 'The model is not a zip archive: it does not begin as one.'],
      [zip.subarray(0, zip.length - 30), 'its directory is missing'],
      [Buffer.alloc(0), 'empty'],
    ] as const) {
      const { status, answer } = await sendZip(bytes);
      expect(status).toBe(400);
      expect(answer.detail).toContain(detail);
    }
    const missing = await api.post('/api/models', { name: 'x' });
    expect([missing.status, (await missing.json()).errors[0].pointer]).toEqual([400, '/model_zip']);
  });

  const sleap = async (change: (config: SleapFile) => void) => {
    const config = await (await file(trained, 'training_config.json')).json();
    change(config);
    return JSON.stringify(config);
  };

  it.each<[string, () => Promise<Record<string, string | Uint8Array | null>>, string]>([
    [
      'a bottom-up model',
      async () => ({
        'training_config.json': await sleap(({ model: { heads } }) => {
          heads.multi_instance = { confmaps: {}, pafs: {} };
          heads.single_instance = null;
        }),
      }),
      'it is a bottom-up model (multi_instance)',
    ],
    [
      'an encoder that does not exist',
      async () => ({
        'training_config.json': await sleap(({ model: { backbone } }) => {
          backbone.unet = null;
          backbone.pretrained_encoder = { encoder: 'vgg11' };
        }),
      }),
      'its pretrained_encoder is out of range: encoder',
    ],
    ['weights without a configuration', async () => ({ 'training_config.json': null }), 'no training_config.json'],
    ['a configuration without weights', async () => ({ 'best_model.h5': null }), 'holds no best_model.h5'],
    ['a model of PyTorch', async () => ({ 'best_model.h5': null, 'best.ckpt': 'x' }), 'SLEAP 1.5 or later'],
    [
      'two models',
      async () => ({ 'second/best_model.h5': new Uint8Array(await download(trained, 'best_model.h5')) }),
      'several models',
    ],
    ['JSON that is none', async () => ({ 'training_config.json': '{' }), 'cannot be read as JSON'],
    [
      'a config.json of another program',
      async () => ({ 'config.json': '{"format":"x"}' }),
      'config.json cannot be used',
    ],
    ['damaged weights', async () => ({ 'best_model.h5': new Uint8Array(3000) }), 'cannot be read as a Keras model'],
    [
      'weights of another network',
      async () => ({
        'training_config.json': await sleap(({ model: { backbone } }) => Object.assign(backbone.unet!, { filters: 5 })),
      }),
      'not of the network that the configuration beside it describes',
    ],
  ])('in the task, by name: %s', async (_, change, sentence) => {
    const failed = await importZip(await zipOf(await change()));
    expect(failed).toMatchObject({ state: 'failed', has_weights: false, attempt: 1 });
    expect(failed.error!.message).toContain(sentence);
    expect(failed.error!.remedy).not.toBeNull();
    const refused = await api.post('/api/video-inference', {
      model_uid: failed.model_uid,
      file_name: 'v.mp4',
      video_base64: video.toString('base64'),
    });
    expect([refused.status, (await refused.json()).error]).toEqual([409, 'model_has_no_weights']);
  });
});
