/** The settings of a new training in a real browser, against the real API: no worker, since no data is checked. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { TINY } from '../support/lab.ts';
import { useBrowser } from '../support/page.ts';
import { seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const { open } = useBrowser(api);

const start = (page: Page) => page.getByRole('button', { name: 'Start the training' });

test('only strides that the network can have are offered, and faults stand at their fields', async () => {
  const page = await open('#/new');
  const stride = page.getByLabel('Output stride');
  await stride.waitFor();
  const offered = async () => (await stride.locator('option').allTextContents()).join(' ');
  expect(await offered()).toBe('1 2 4 8 16');
  await page.getByText('Shape of the network').click();
  await stride.selectOption('16');
  await page.getByLabel('Deepest stride').selectOption('8');
  expect(await offered()).toBe('1 2 4 8');
  expect(await stride.locator('option:checked').textContent()).toBe('8');
  await page.getByLabel('Network', { exact: true }).selectOption('Pretrained encoder');
  expect(await offered()).toBe('1 2 4 8 16');
  await page.getByLabel('Encoder', { exact: true }).selectOption('resnet18');

  const epochs = page.getByLabel('Epochs, at most');
  await epochs.fill('1.5');
  await page.getByText('must be a whole number').first().waitFor();
  expect(await epochs.getAttribute('aria-invalid')).toBe('true');
  await epochs.fill('0');
  await page.getByText('must be at least 1').first().waitFor();
  await epochs.fill('12');
  await page.getByLabel('Learning rate', { exact: true }).fill('0,05');

  // As JSON it can be changed by hand, and SLEAP's own file is read.
  await page.getByText('As JSON, or from a file of SLEAP').click();
  const json = page.getByLabel('training_config');
  const written = JSON.parse(await json.inputValue());
  expect(written).toMatchObject({ num_epochs: 12, learning_rate: 0.05, pretrained_encoder: 'resnet18' });
  await json.fill(JSON.stringify({ ...written, num_epoch: 3 }));
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByText('The configuration holds what no field shows').waitFor();
  const profile = {
    data: { labels: { skeletons: [] }, preprocessing: { input_scaling: 0.5 } },
    model: {
      backbone: { unet: { filters: 16, max_stride: 32, output_stride: 4 } },
      heads: { single_instance: { part_names: null, sigma: 2.5, output_stride: 4 } },
    },
    optimization: { epochs: 77 },
  };
  const buffer = Buffer.from(JSON.stringify(profile));
  await page
    .locator('input[name=config]')
    .setInputFiles({ name: 'baseline.json', mimeType: 'application/json', buffer });
  await page.getByText('Taken over.').waitFor();
  expect(await epochs.inputValue()).toBe('77');
  expect(await offered()).toBe('1 2 4 8 16 32');
});

test('from a model its configuration is taken, and what the service refuses stands at the field', async () => {
  const { uid } = await seedModel(database, { name: 'Old mouse', epochs: 3, config: { ...TINY, num_epochs: 3 } });
  const { sql } = database.client;
  const { id } = await storeBlob(new PostgresBlobStore(sql), Buffer.from('weights and a dataset'));
  await sql`update models set best_blob = ${id}, dataset_blob = ${id} where uid = ${uid}`;
  const page = await open(`#/new?from=${uid}`, { expectedComplaint: /status of 400/ });
  await page.getByRole('link', { name: 'Old mouse' }).waitFor();
  expect(await page.getByLabel('Sigma').inputValue()).toBe('1.5');
  await page.getByLabel('Its weights, with its own data').check();
  expect(await page.getByLabel('Network', { exact: true }).isDisabled()).toBe(true);
  await page.getByText('As JSON, or from a file of SLEAP').click();
  const json = page.getByLabel('training_config');
  const { backbone_config: network, ...written } = JSON.parse(await json.inputValue());
  await json.fill(JSON.stringify({ ...written, backbone_config: { ...network, filters: 6 } }));
  await page.getByRole('button', { name: 'Take over' }).click();
  await start(page).click();
  await page.getByText('The training was not started').waitFor();
  const fault = page.locator('.field .fault');
  expect(await fault.textContent()).toContain('must be 4, as in the model to go on from');
  await json.fill(JSON.stringify({ ...written, backbone_config: network, num_epochs: 5 }));
  await page.getByRole('button', { name: 'Take over' }).click();
  await start(page).click();
  await page.waitForURL(/#\/models\//);
  const { models }: { models: ModelResource[] } = await (await api.get('/api/models')).json();
  const made = models.find(model => page.url().includes(model.model_uid))!;
  expect(made.training_config).toMatchObject({ resume_from: uid, num_epochs: 5 });
});
