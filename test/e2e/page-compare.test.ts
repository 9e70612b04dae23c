/** The comparison of models in a real browser over the real API and database: seeded models and no worker, so that states hold still. */
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import type { ModelResource } from '../../src/contract/model.ts';
import { formatExact } from '../../web/language/numbers.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { faultsOnDeskAndPhone, look, useBrowser } from '../support/page.ts';
import { addEpochs, seedManyModels, seedModel } from '../support/seeded-models.ts';

const GIVEN = { test_fraction: 0.1, heads_sigma: 2.5, heads_output_stride: 2 };

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

let running: { uid: string };
let wide: { uid: string };
beforeAll(async () => {
  await seedManyModels(database, 80);
  running = await seedModel(database, {
    ...{ name: 'running one', state: 'active', epochs: 47, tags: ['pilot', 'day 3'] },
    config: { ...GIVEN, num_epochs: 200 },
  });
  wide = await seedModel(database, {
    ...{ name: 'wide one', epochs: 80 },
    config: { ...GIVEN, learning_rate: 1e-4, backbone_config: { filters: 32 } },
  });
});

async function read<T>(path: string): Promise<T> {
  return (await api.get(path)).json() as Promise<T>;
}
const readModel = (uid: string) => read<ModelResource>(`/api/models/${uid}`);
const queryOf = (page: Page) => new URL(page.url()).hash.split('?')[1] ?? '';

/** The cells of a setting in the table of differences. */
async function settingOf(page: Page, name: string): Promise<string[]> {
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  return row.getByRole('cell').allTextContents();
}

function pictureOf(canvas: Locator): Promise<string> {
  return canvas.evaluate(element => (element as HTMLCanvasElement).toDataURL());
}

it('compares models: curves that go on, lines that can be switched off, and settings that differ', async () => {
  const page = await browser.open('#/?text=one');
  for (const name of ['running one', 'wide one']) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  await page.getByRole('link', { name: 'Compare' }).last().click();
  await page.getByRole('heading', { name: 'Results and settings' }).waitFor();
  const legend = (name: string) => page.locator('.compare-legend li').filter({ hasText: name });
  const before = (await readModel(running.uid)).last_epoch!.val_loss;
  await legend('running one').getByText(formatExact(before)).waitFor();
  expect(await settingOf(page, 'backbone_config.filters')).toEqual(['64', '32']);
  expect(await settingOf(page, 'learning_rate')).toEqual(['0.001', '0.0001']);
  // Given by none, and the same for both.
  expect(await page.getByRole('rowheader', { name: 'batch_size' }).count()).toBe(0);
  expect(await page.getByRole('cell', { name: '64', exact: true }).getAttribute('class')).toBe('muted');

  await addEpochs(database, running.uid, 47, 60);
  const after = (await readModel(running.uid)).last_epoch!.val_loss;
  await legend('running one').getByText(formatExact(after)).waitFor();

  const canvas = page.locator('.plots canvas');
  await page.getByRole('slider').fill('0.6');
  const drawn = await pictureOf(canvas);
  await page.getByRole('button', { name: 'Line of wide one' }).click();
  await expect.poll(() => pictureOf(canvas)).not.toBe(drawn);
  await page.getByRole('button', { name: 'Line of wide one' }).click();
  await expect.poll(() => pictureOf(canvas)).toBe(drawn);

  await page.locator('.plots').focus();
  await page.keyboard.press('Home');
  await page.getByText('validation loss, at epoch 0').waitFor();
  const { curves } = await read<{ curves: { val_loss: number[] }[] }>(`/api/models/curves?model_uid=${wide.uid}`);
  expect(await legend('wide one').locator('b').textContent()).toBe(formatExact(curves[0]!.val_loss[0]!));
  await page.keyboard.press('Escape');

  await database.client.sql`
    update epochs set metrics = jsonb_build_object('dist', jsonb_build_object('avg', 3, 'p50', 2.5 + 1.0 / (epoch + 1), 'p90', 6))
    where model_uid in (${running.uid}, ${wide.uid})`;
  await page.getByLabel('Measure').selectOption('pixel_error');
  await legend('wide one').getByText('2.5125').waitFor();
  await page.getByLabel('Horizontal axis').selectOption('time');
  await look(page, 'compare');
  expect(await faultsOnDeskAndPhone(page)).toEqual([]);

  await page.getByRole('button', { name: 'Remove running one from the comparison' }).click();
  expect(queryOf(page)).toBe(new URLSearchParams({ models: wide.uid, show: 'pixel_error' }).toString());
  await page.getByText('Choose models').click();
  await page.getByRole('searchbox').fill('mouse 77');
  await page.getByRole('checkbox', { name: 'mouse 77', exact: true }).check();
  await legend('mouse 77').waitFor();
  await page.reload();
  await legend('mouse 77').waitFor();
  await page.goto(`${api.url}/#/compare?models=${wide.uid},${crypto.randomUUID()}`);
  await page.getByText('Not there (any more)').waitFor();
});
