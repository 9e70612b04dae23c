/**
 * Trainings that begin with published weights, over the real API and worker: where from, what is said of it, and what happens without. The
 * mirror has one file, generated here, which passes for MobileNet's: that is published without a hash.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { readKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import { useApi } from '../support/api.ts';
import { backbone } from '../support/backbone.ts';
import { useDatabase } from '../support/database.ts';
import { FileServer } from '../support/file-server.ts';
import { kerasLayers } from '../support/keras-layers.ts';
import { writeWeightsFile } from '../support/keras-weights-file.ts';
import { filmAnimal, packDataset } from '../support/lab.ts';
import { roadOver } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { useWorker } from '../support/worker.ts';

const PUBLISHED_NAME = 'mobilenet_1_0_224_tf_no_top.h5';

const mirror = new FileServer();
const environment: Record<string, string> = { PRETRAINED_WEIGHTS: 'require' };
let weights: Buffer;
let dataset: Buffer;

const scratch = scratchFolder();
beforeAll(async () => {
  weights = await mobilenetFile();
  mirror.body = weights;
  await mirror.open();
  environment.WEIGHTS_MIRROR = `${mirror.url}/weights/`;
  dataset = await packDataset();
});
afterAll(() => mirror.close());

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database, environment);
const { ended, file, download, infer, ...road } = roadOver(api);

/** Weights of MobileNet that can be told from random ones of the network. */
async function mobilenetFile(): Promise<Buffer> {
  await openDevice('wasm', { threads: 2 });
  const network = buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder: 'mobilenet', decoder_filters: 2 }),
    headsOutputStride: 8,
    inputShape: [null, null, 3],
    keypoints: 1,
    seed: 99,
  });
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-weights-'));
  const path = join(folder, PUBLISHED_NAME);
  const layers = kerasLayers(network, 'mobilenet').map(({ name, layer }) => ({
    name,
    weights: layer.weights.map(weight => {
      const leaf = weight.originalName.split('/').at(-1)!;
      const data = Float32Array.from((weight.read() as tf.Tensor).dataSync());
      return { path: `${name}/${leaf}:0`, shape: weight.shape as number[], data };
    }),
  }));
  network.dispose();
  try {
    await writeWeightsFile(path, layers);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const train = (config: Partial<TrainingConfigInput>) =>
  road.train(
    {
      backbone_model: 'pretrained_encoder',
      backbone_config: { decoder_filters: 4 },
      heads_output_stride: 8,
      num_epochs: 1,
      batches_per_epoch: 1,
      // Next to nothing: what it began with can still be seen.
      learning_rate: 1e-12,
      ...config,
    },
    dataset,
  );

async function kernelOf(h5: Uint8Array, name: string): Promise<Float32Array> {
  const path = scratch.path('read.h5');
  await writeFile(path, h5);
  const read = await readKerasModel(path);
  return read.weights.find(array => array.name === name)!.data;
}

describe('a training of a pretrained encoder', () => {
  it('begins with the weights of the mirror, fetched once, and its models say which', async () => {
    const uid = await train({ pretrained_encoder: 'mobilenet' });
    const model = await ended(uid);
    const sha256 = createHash('sha256').update(weights).digest('hex');
    expect(model).toMatchObject({
      state: 'succeeded',
      warnings: [],
      initial_weights: { file: PUBLISHED_NAME, sha256 },
    });
    const name = 'conv_pw_7/kernel';
    const [own, published] = [
      await kernelOf(await download(uid, 'best_model.h5'), name),
      await kernelOf(weights, name),
    ];
    expect(own.every((value, i) => Math.abs(value - published[i]!) < 1e-6)).toBe(true);

    const sleap = await (await file(uid, 'training_config.json')).json();
    expect(sleap.model.backbone.pretrained_encoder).toEqual({
      encoder: 'mobilenet',
      pretrained: true,
      decoder_filters: 4,
      decoder_filters_rate: 1,
      decoder_batchnorm: true,
      output_stride: 8,
    });
    expect((await infer(uid, await filmAnimal(3))).state).toBe('succeeded');

    const again = await ended(await train({ pretrained_encoder: 'mobilenet', encoder_weights: 'imagenet' }));
    expect(again.initial_weights).toEqual(model.initial_weights);
    expect(mirror.requests.map(({ url }) => url)).toEqual([`/weights/${PUBLISHED_NAME}`]);

    const next = await ended(await train({ resume_from: uid, pretrained_encoder: 'mobilenet' }));
    expect(next).toMatchObject({ state: 'succeeded', initial_weights: model.initial_weights });
    const zip = await download(uid, 'model.zip');
    const headers = { 'Content-Type': 'application/zip' };
    const imported = await api.post('/api/models', null, { headers, body: zip as unknown as BodyInit });
    const copy = await ended((await imported.json()).model_uid);
    expect(copy).toMatchObject({ state: 'succeeded', initial_weights: model.initial_weights });
  });

  it('with encoder_weights null begins with random numbers, is not warned of it and asks nobody', async () => {
    const before = mirror.requests.length;
    const model = await ended(await train({ pretrained_encoder: 'mobilenet', encoder_weights: null }));
    expect(model).toMatchObject({ state: 'succeeded', warnings: [], initial_weights: null });
    expect(mirror.requests.length).toBe(before);
  });

  it.each([
    ['that was not chosen', {}],
    ['that was asked for', { encoder_weights: 'imagenet' as const }],
  ])('fails where weights %s must be had and are not, with all that a person needs to get them', async (_, asked) => {
    const failed = await ended(await train({ pretrained_encoder: 'efficientnetb0', ...asked }));
    expect(failed).toMatchObject({ state: 'failed', attempt: 1, has_weights: false, initial_weights: null });
    const { code, message, remedy } = failed.error!;
    expect(code).toBe('weights_unavailable');
    expect(message).toContain('The ImageNet weights of efficientnetb0 could not be had');
    expect(message).toContain('efficientnet-b0_weights_tf_dim_ordering_tf_kernels_autoaugment_notop.h5');
    expect(message).toMatch(/sha256 c1421ad8\w{56}\), published at https:\/\/github\.com\/Callidior/);
    expect(message).toMatch(/it belongs into the folder \/.*\/weights\.$/);
    expect(remedy).not.toBeNull();
  });
});
