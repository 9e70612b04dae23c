/**
 * Trainings that begin with published weights, over the real API and worker: where from, what is said of it, and what happens without. The
 * mirror has one file, generated here, which passes for MobileNet's: that is published without a hash.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { FileServer } from '../support/file-server.ts';
import { filmAnimal, packDataset } from '../support/lab.ts';
import { mobilenetFile, PUBLISHED_NAME } from '../support/mobilenet-file.ts';
import { roadOver } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { useWorker } from '../support/worker.ts';

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

  it('fails where the file is of another network, and says which and what to do', async () => {
    const failed = await ended(await train({ pretrained_encoder: 'mobilenetv2' }));
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'weights_unavailable' } });
    const { message, remedy } = failed.error!;
    expect(message).toMatch(
      /The ImageNet weights of mobilenetv2 could not be had: \/.* does not fit \(.*another network/,
    );
    expect(remedy).toMatch(
      /^Delete \/.*no_top\.h5 and .*no_top\.h5\.sha256 and run: npm run weights -- fetch mobilenetv2$/,
    );
  });
});
