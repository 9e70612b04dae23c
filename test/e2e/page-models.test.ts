/**
 * The list of models in a real browser over the real API and database: seeded rows and no worker, so that states hold still. The API is one
 * that can go away and come back.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { ModelPage } from '../../src/contract/list-query.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import { formatNumber } from '../../web/language/numbers.ts';
import { useDatabase } from '../support/database.ts';
import { faultsOnDeskAndPhone, look, useBrowser } from '../support/page.ts';
import { addEpochs, seedManyModels, seedModel } from '../support/seeded-models.ts';
import { zipOf } from '../support/zip-writer.ts';

const MANY = 500;
const GIVEN = { test_fraction: 0.1, heads_sigma: 2.5, heads_output_stride: 2 };

const database = useDatabase();
let api: RunningApi;
const service = {
  get url() {
    return api.url;
  },
};
const browser = useBrowser(service);

beforeAll(async () => {
  api = await serve('0');
});
afterAll(() => api.close());

function serve(port: string): Promise<RunningApi> {
  return serveApi(readConfig({ PORT: port, POLL_SECONDS: '0.2' }), database.url);
}

async function read<T>(path: string): Promise<T> {
  return (await fetch(service.url + path)).json() as Promise<T>;
}

const readModel = (uid: string) => read<ModelResource>(`/api/models/${uid}`);
const rowOf = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const queryOf = (page: Page) => new URL(page.url()).hash.split('?')[1] ?? '';

/** Titles of the models whose rows are made, in order. */
const titles = (page: Page) => page.locator('.models-name a').allTextContents();

it('a new service shows the ways to a first curve, in both languages', async () => {
  const page = await browser.open('#/', { locale: 'ru' });
  await page.getByRole('heading', { name: 'Пока ничего не обучено' }).waitFor();
  expect(await page.title()).toBe('Модели · SLEAP');
  await page.getByLabel('Язык').selectOption('en');
  await page.getByRole('heading', { name: 'Nothing trained yet' }).waitFor();
  expect(await page.getByText('npm run demo').count()).toBe(1);
  await look(page, 'models-empty');
  expect(await faultsOnDeskAndPhone(page)).toEqual([]);
  expect(await page.getByRole('link', { name: 'New training' }).last().getAttribute('href')).toBe('#/new');
});

describe('with five hundred models', () => {
  let running: { uid: string; taskId: string };
  let wide: { uid: string };

  beforeAll(async () => {
    await seedManyModels(database, MANY);
    running = await seedModel(database, {
      ...{ name: 'running one', state: 'active', epochs: 40, tags: ['pilot', 'day 3'] },
      config: { ...GIVEN, num_epochs: 200 },
    });
    wide = await seedModel(database, {
      ...{ name: 'wide one', epochs: 80 },
      config: { ...GIVEN, learning_rate: 1e-4, backbone_config: { filters: 32 } },
    });
    await seedModel(database, {
      ...{ name: 'a model whose name is rather long and goes on for a good while', state: 'failed', epochs: 3 },
      ...{ tags: ['a tag somebody thought of at length', 'b'], config: { backbone_model: 'pretrained_encoder' } },
      error: { code: 'labels_missing', message: 'The dataset holds no file of labels.', remedy: null },
    });
    await seedModel(database, { name: 'new one', epochs: 2 });
    await seedModel(database, { state: 'queued' });
  });

  it('makes only the rows in sight, and news of a model touches no other row', async () => {
    const page = await browser.open('#/');
    await page.getByText(`${MANY + 5} models`).waitFor();
    // Of all rows in sight but the one that waits.
    await expect
      .poll(async () => (await titles(page)).length - (await page.locator('.models-course svg').count()))
      .toBe(1);
    await look(page, 'models');
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(MANY + 6));
    expect((await titles(page)).length).toBeLessThan(100);
    expect(await rowOf(page, 'running one').textContent()).toContain('epoch 40 of 200');

    await page.evaluate(() => {
      const touched = new Set<string>();
      Object.assign(window, { touched });
      const observer = new MutationObserver(changes => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement!;
          // Ages go on by themselves.
          if (element.closest('.models-created, .models-duration')) continue;
          touched.add(element.closest('tr')?.querySelector('.models-name a')?.textContent ?? element.tagName);
        }
      });
      observer.observe(document.querySelector('.models-table')!, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
    });
    await addEpochs(database, running.uid, 40, 47);
    await rowOf(page, 'running one').getByText('epoch 47 of 200').waitFor();
    const { last_epoch } = await readModel(running.uid);
    await rowOf(page, 'running one').getByText(formatNumber(last_epoch!.val_loss)).first().waitFor();
    expect(await page.evaluate(() => [...(window as unknown as { touched: Set<string> }).touched])).toEqual([
      'running one',
    ]);

    await seedModel(database, { name: 'sent meanwhile' });
    await page.getByRole('link', { name: 'sent meanwhile' }).waitFor();
    await page.mouse.wheel(0, 1e6);
    await page.getByRole('link', { name: `mouse ${MANY}`, exact: true }).waitFor();
    expect((await titles(page)).length).toBeLessThan(100);
  });

  it('filters and sorts by the address, which a link and the way back keep', async () => {
    const page = await browser.open('#/?tag=even&sort=val_loss');
    await page.getByText(/^250 of/).waitFor();
    expect((await titles(page)).slice(0, 2)).toEqual(['mouse 2', 'mouse 4']);
    await page.getByRole('button', { name: 'val_loss' }).click();
    expect((await titles(page))[0]).toBe('mouse 500');
    expect(await page.getByRole('columnheader', { name: 'val_loss' }).getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('searchbox').fill('UNET 41');
    await page.getByText(/^[0-9]+ of/).waitFor();
    expect(new Set(await titles(page))).toContain('mouse 410');
    expect(new URLSearchParams(queryOf(page)).get('text')).toBe('UNET 41');

    // As many as are surely made.
    const firstTitles = async () => (await titles(page)).slice(0, 10);
    const shown = await firstTitles();
    await page.getByRole('link', { name: 'mouse 410', exact: true }).click();
    await page.waitForURL(/#\/models\//);
    await page.goBack();
    await page.getByRole('link', { name: 'mouse 410', exact: true }).waitFor();
    await expect.poll(firstTitles).toEqual(shown);
    expect(await page.getByRole('searchbox').inputValue()).toBe('UNET 41');

    await page.goto(`${service.url}/#/?sort=-best`);
    // Of those without an epoch nothing is known: they come last.
    await expect.poll(async () => (await titles(page))[0]).toBe('new one');
    await page.goto(`${service.url}/#/`);
    await page.getByRole('button', { name: 'failed 1' }).click();
    await page.getByText(/^1 of/).waitFor();
    expect(await page.getByText('The dataset holds no file of labels.').count()).toBe(1);
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByText(/^[0-9]+ models$/).waitFor();
  });

  it('renames, tags and deletes by keyboard, and tells refusals in the words of the service', async () => {
    const page = await browser.open('#/?text=one', { expectedComplaint: /409/ });
    await page.getByRole('button', { name: 'Edit wide one' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('wide unet one');
    await dialog.getByLabel('New tag').pressSequentially('kept');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove kept' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'wide unet one' }).waitFor();
    expect(await readModel(wide.uid)).toMatchObject({ name: 'wide unet one', tags: ['kept'] });
    await rowOf(page, 'wide unet one').getByRole('button', { name: 'Show models tagged kept' }).click();
    expect(new URLSearchParams(queryOf(page)).get('tag')).toBe('kept');

    await page.goto(`${service.url}/#/?text=one`);
    await page.getByRole('checkbox', { name: 'Choose running one' }).press('Space');
    await page.getByRole('checkbox', { name: 'Choose new one' }).press('Space');
    await page.getByText('2 models chosen').waitFor();
    await page.getByRole('button', { name: 'Delete…' }).press('Enter');
    await look(page, 'models-delete');
    await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
    await dialog.getByText('running one was not deleted').waitFor();
    expect(await dialog.textContent()).toContain('its training');
    await page.keyboard.press('Escape');
    await page.getByText('1 model chosen').waitFor();
    await page.getByRole('link', { name: 'new one' }).waitFor({ state: 'detached' });
    const { models } = await read<ModelPage>('/api/models?name=one');
    expect(models.map(({ name }) => name)).not.toContain('new one');
    await page.getByRole('button', { name: 'Choose none' }).click();

    // Deleted by somebody else.
    const other = await seedModel(database, { name: 'passing one' });
    await page.getByRole('link', { name: 'passing one' }).waitFor();
    expect((await fetch(`${service.url}/api/models/${other.uid}`, { method: 'DELETE' })).status).toBe(204);
    await page.getByRole('link', { name: 'passing one' }).waitFor({ state: 'detached' });
  });

  it('imports a model from a file, and says why another is none', async () => {
    const page = await browser.open('#/', { expectedComplaint: /400|415|422/ });
    await page.getByRole('link', { name: 'running one' }).waitFor();
    const choose = (name: string, buffer: Buffer) =>
      page.getByLabel('Import a model').last().setInputFiles({ name, mimeType: 'application/zip', buffer });
    await choose('notes.zip', Buffer.from('no archive at all'));
    await page.getByText('notes.zip was not imported').waitFor();
    await choose('best.zip', zipOf([{ name: 'training_config.json', content: '{}' }]));
    await page.getByText('best.zip has arrived').waitFor();
    const { models } = await read<ModelPage>('/api/models?origin=import');
    await rowOf(page, models[0]!.model_uid.slice(0, 8)).getByText('import', { exact: true }).waitFor();
    await fetch(`${service.url}/api/tasks/${models[0]!.task_id}/cancel`, { method: 'POST' });
    await rowOf(page, models[0]!.model_uid.slice(0, 8)).getByText('canceled').waitFor();
  });

  it('tells once that the service is away, and is right again when it is back', async () => {
    const page = await browser.open('#/', { expectedComplaint: /ERR_|Failed to load/ });
    await page.getByRole('link', { name: 'running one' }).waitFor();
    const { port } = new URL(service.url);
    await api.close();
    const told = page.getByText('The list cannot be brought up to date');
    await told.waitFor();
    expect(await told.count()).toBe(1);
    expect((await titles(page)).length).toBeGreaterThan(0);
    await seedModel(database, { name: 'trained meanwhile' });
    api = await serve(port);
    await page.getByRole('link', { name: 'trained meanwhile' }).waitFor();
    await told.waitFor({ state: 'detached' });
  });

  it('is Russian where that is wanted, without a fault in either theme or on a phone', async () => {
    const page = await browser.open('#/?text=one&sort=name', { remembered: { language: 'ru' } });
    await page.getByRole('main').getByRole('link', { name: 'Новое обучение' }).waitFor();
    await rowOf(page, 'running one')
      .getByText(/эпоха [0-9]+ из 200/)
      .waitFor();
    await page.getByRole('checkbox', { name: 'Выбрать running one' }).check();
    await page.getByText('Выбрана 1 модель').waitFor();
    await look(page, 'models-russian');
    expect(await faultsOnDeskAndPhone(page)).toEqual([]);
  });
});
