/** POST /api/train-network as existing clients speak it: what it takes, and how it refuses, against the real app and database. */
import { beforeEach, describe, expect, it } from 'vitest';
import { models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { config, dataset, json, sevenZipLike, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);

// Each test finds an empty queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

describe('POST /api/train-network', () => {
  it('answers {model_uid, task_id} and the training counts as running from that moment', async () => {
    const { model_uid: uid, task_id: task, ...more } = await submit(api);
    expect(more).toEqual({});
    expect([uid, task]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await json(api.get(`/api/model-info?model_uid=${uid}`))).body).toMatchObject({
      ...config,
      currently_training: true,
      started_training_at: null,
    });
    await json(api.post('/api/stop-training', { model_uid: uid }));
  });

  it('takes multipart/form-data, with the configuration as one field or as many', async () => {
    for (const fields of [{ training_config: config }, config] as Record<string, unknown>[]) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields))
        form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      form.set('training_dataset', new File([new Uint8Array(sevenZipLike(3_000_000))], 'data.7z'));
      const response = await fetch(`${api.url}/api/train-network`, { method: 'POST', body: form });
      const body = await response.json();
      expect(response.status, JSON.stringify(body)).toBe(200);
      expect((await json(api.get(`/api/model-info?model_uid=${body.model_uid}`))).body).toMatchObject(config);
      await json(api.post('/api/stop-training', { model_uid: body.model_uid }));
    }
  });

  it.each([
    ['a body that is not JSON', 'num_epochs=2', 'not_json'],
    ['a JSON array', [], 'invalid_request'],
    ['no dataset', { training_config: config }, 'invalid_request'],
    ['a dataset that is no string', { training_dataset: 5, training_config: config }, 'invalid_request'],
    ['a dataset that is not base64', { training_dataset: '*no*', training_config: config }, 'not_base64'],
    ['an empty dataset', { training_dataset: '', training_config: config }, 'invalid_request'],
    [
      'a dataset that is not an archive',
      { training_dataset: btoa('PK just a zip of 32 bytes or more ...'), training_config: config },
      'archive_invalid',
    ],
    [
      'a truncated archive',
      { training_dataset: sevenZipLike(900, 20).toString('base64'), training_config: config },
      'archive_invalid',
    ],
    [
      'an empty archive',
      { training_dataset: sevenZipLike(0).toString('base64'), training_config: config },
      'archive_invalid',
    ],
    ['no configuration', { training_dataset: dataset }, 'invalid_request'],
  ])('refuses %s with a sentence and stores nothing', async (_, body, error) => {
    const stored = async () => [await database.client.db.$count(models), await database.client.db.$count(blobs)];
    const before = await stored();
    const { status, body: problem } = await json(api.post('/api/train-network', body));
    expect(status).toBe(400);
    expect(problem).toMatchObject({ status: 400, code: 400, error, name: 'Bad Request', description: problem.detail });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['unknown backbone', { backbone_model: 'yolo' }, '/training_config/backbone_model', 'invalid_request'],
    [
      'an encoder at a stride it has not',
      { backbone_model: 'pretrained_encoder', backbone_config: {}, heads_output_stride: 32 },
      '/training_config/heads_output_stride',
      'invalid_request',
    ],
    [
      'two names of an encoder',
      { backbone_model: 'pretrained_encoder', pretrained_encoder: 'vgg16', backbone_config: { encoder: 'vgg19' } },
      '/training_config/backbone_config/encoder',
      'invalid_request',
    ],
    [
      'ImageNet weights of a unet',
      { encoder_weights: 'imagenet' },
      '/training_config/encoder_weights',
      'invalid_request',
    ],
    [
      'ImageNet weights and random ones',
      { backbone_model: 'resnet', backbone_config: { weights: 'random' }, encoder_weights: 'imagenet' },
      '/training_config/encoder_weights',
      'invalid_request',
    ],
    ['other weights', { encoder_weights: 'coco' }, '/training_config/encoder_weights', 'invalid_request'],
    ['impossible stride', { heads_output_stride: 3 }, '/training_config/heads_output_stride', 'invalid_request'],
    [
      'stride beyond max_stride',
      { heads_output_stride: 32 },
      '/training_config/heads_output_stride',
      'invalid_request',
    ],
    ['NaN', { learning_rate: Number.NaN }, '/training_config/learning_rate', 'invalid_request'],
    ['negative rate', { learning_rate: -1 }, '/training_config/learning_rate', 'invalid_request'],
    ['half an epoch', { num_epochs: 1.5 }, '/training_config/num_epochs', 'invalid_request'],
    ['no epoch', { num_epochs: 0 }, '/training_config/num_epochs', 'invalid_request'],
    ['all frames for validation', { test_fraction: 1 }, '/training_config/test_fraction', 'invalid_request'],
    ['negative fraction', { test_fraction: -0.1 }, '/training_config/test_fraction', 'invalid_request'],
    ['text for a number', { heads_sigma: '2.5' }, '/training_config/heads_sigma', 'invalid_request'],
    [
      'unknown backbone field',
      { backbone_config: { depth: 3 } },
      '/training_config/backbone_config',
      'invalid_request',
    ],
    [
      'odd max_stride',
      { backbone_config: { max_stride: 12 } },
      '/training_config/backbone_config/max_stride',
      'invalid_request',
    ],
    ['unknown encoder', { pretrained_encoder: 'resnet9000' }, '/training_config/pretrained_encoder', 'invalid_request'],
    ['unknown name', { learning_rte: 1 }, '/training_config', 'invalid_request'],
  ])('points at the faulty field: %s', async (_, change, pointer, error) => {
    const { status, body } = await json(
      api.post('/api/train-network', { training_dataset: dataset, training_config: { ...config, ...change } }),
    );
    expect(status).toBe(400);
    expect(body).toMatchObject({ error, errors: [{ pointer }] });
    expect(body.detail).toContain(body.errors[0].detail);
  });

  it('takes test_fraction 0 as an integer, and lists the strides that work when asked for another', async () => {
    const { body } = await json(
      api.post('/api/train-network', { training_dataset: dataset, training_config: { ...config, test_fraction: 0 } }),
    );
    expect(body.model_uid).toBeTypeOf('string');
    await json(api.post('/api/stop-training', { model_uid: body.model_uid }));
    const bad = await json(
      api.post('/api/train-network', {
        training_dataset: dataset,
        training_config: { ...config, heads_output_stride: 5 },
      }),
    );
    expect(bad.body.detail).toContain('1, 2, 4, 8, 16');
  });

  it('says which content types it takes', async () => {
    const response = await fetch(`${api.url}/api/train-network`, {
      method: 'POST',
      body: 'x',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(response.status).toBe(415);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});
