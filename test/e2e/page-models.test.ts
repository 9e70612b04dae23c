/**
 * The list of models, the comparison, and workers with their queue, in a real browser over the real API and database: seeded rows and no
 * worker, so that states hold still. The API is one that can go away and come back.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { ModelPage } from '../../src/contract/list-query.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import { formatExact, formatNumber } from '../../web/language/numbers.ts';
import { useDatabase } from '../support/database.ts';
import { accessibilityFaults, DESK, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
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

/** What axe finds in the dark on a desk and in the light on a phone, and whether a phone's width is too narrow for the view. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const faults = await accessibilityFaults(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(PHONE);
  if (await isTooWide(page)) faults.push('too wide for a phone');
  faults.push(...(await accessibilityFaults(page)));
  await page.setViewportSize(DESK);
  return faults;
}

it('a new service shows the ways to a first curve, in both languages', async () => {
  const page = await browser.open('#/', { locale: 'ru' });
  await page.getByRole('heading', { name: 'Пока ничего не обучено' }).waitFor();
  expect(await page.title()).toBe('Модели · SLEAP');
  await page.getByLabel('Язык').selectOption('en');
  await page.getByRole('heading', { name: 'Nothing trained yet' }).waitFor();
  expect(await page.getByText('npm run demo').count()).toBe(1);
  await look(page, 'models-empty');
  expect(await faultsOf(page)).toEqual([]);
  expect(await page.getByRole('link', { name: 'New training' }).last().getAttribute('href')).toBe('#/new');
});

describe('with five hundred models', () => {
  let running: { uid: string; taskId: string };
  let wide: { uid: string };
  let queued: { uid: string; taskId: string };

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
    queued = await seedModel(database, { state: 'queued' });
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
    expect(await page.getByRole('link', { name: 'new one' }).count()).toBe(0);
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
    expect(await faultsOf(page)).toEqual([]);
  });

  it('compares models: curves that go on, lines that can be switched off, and settings that differ', async () => {
    const page = await browser.open('#/?text=one');
    for (const name of ['running one', 'wide unet one'])
      await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
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
    await page.getByRole('button', { name: 'Line of wide unet one' }).click();
    await expect.poll(() => pictureOf(canvas)).not.toBe(drawn);
    await page.getByRole('button', { name: 'Line of wide unet one' }).click();
    await expect.poll(() => pictureOf(canvas)).toBe(drawn);

    await page.locator('.plots').focus();
    await page.keyboard.press('Home');
    await page.getByText('validation loss, at epoch 0').waitFor();
    const { curves } = await read<{ curves: { val_loss: number[] }[] }>(`/api/models/curves?model_uid=${wide.uid}`);
    expect(await legend('wide unet one').locator('b').textContent()).toBe(formatExact(curves[0]!.val_loss[0]!));
    await page.keyboard.press('Escape');

    await database.client.sql`
      update epochs set metrics = jsonb_build_object('dist', jsonb_build_object('avg', 3, 'p50', 2.5 + 1.0 / (epoch + 1), 'p90', 6))
      where model_uid in (${running.uid}, ${wide.uid})`;
    await page.getByLabel('Measure').selectOption('pixel_error');
    await legend('wide unet one').getByText('2.5125').waitFor();
    await page.getByLabel('Horizontal axis').selectOption('time');
    await look(page, 'compare');
    expect(await faultsOf(page)).toEqual([]);

    await page.getByRole('button', { name: 'Remove running one from the comparison' }).click();
    expect(queryOf(page)).toBe(new URLSearchParams({ models: wide.uid, show: 'pixel_error' }).toString());
    await page.getByText('Choose models').click();
    await page.getByRole('searchbox').fill('mouse 77');
    await page.getByRole('checkbox', { name: 'mouse 77', exact: true }).check();
    await legend('mouse 77').waitFor();
    await page.reload();
    await legend('mouse 77').waitFor();
    await page.goto(`${service.url}/#/compare?models=${wide.uid},${crypto.randomUUID()}`);
    await page.getByText('Not there (any more)').waitFor();
  });

  it('says that the file of a view does not come, as after an update of the service, and a reload brings it', async () => {
    const page = await browser.open('#/', { expectedComplaint: /ERR_|Failed to (load|fetch)/ });
    const file = '**/assets/workers-view-*.js';
    await page.route(file, route => route.abort());
    await page.getByRole('link', { name: 'Workers' }).click();
    await page.getByText('This part of the page could not be loaded').waitFor();
    await page.unroute(file);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Workers and queue' }).waitFor();
  });

  it('shows workers and the queue, says who is silent, and cancels what waits', async () => {
    const page = await browser.open('#/workers', { locale: 'ru' });
    await page.getByText('Ни одного исполнителя нет').waitFor();
    await page.getByLabel('Язык').selectOption('en');
    await page.getByText('npm run worker').waitFor();
    await page.getByText('Takes work, but nobody is up to do it.').waitFor();
    await database.client.sql`
      insert into workers (name, device, task_id, started_at, seen_at) values
        ('hand-1', 'cpu: 4 threads', ${running.taskId}, now(), now()),
        ('box:4711-ab12', 'WebGPU: NVIDIA RTX 4090', null, now() - interval '3 hours', now() - interval '10 minutes')`;
    await page.reload();
    await page.getByText('Ready: work sent now will be done.').waitFor();
    await page.getByText('No sign of life from box:4711-ab12').waitFor();
    const worker = page.getByRole('row').filter({ hasText: 'cpu: 4 threads' });
    expect(await worker.getByRole('link', { name: 'running one' }).getAttribute('href')).toBe(
      `#/models/${running.uid}`,
    );
    await look(page, 'workers');
    expect(await faultsOf(page)).toEqual([]);

    const waiting = page.getByRole('row').filter({ hasText: queued.uid.slice(0, 8) });
    expect(await waiting.textContent()).toContain('waiting for a worker: next in line');
    await waiting.getByRole('button', { name: /^Cancel/ }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).press('Enter');
    await waiting.waitFor({ state: 'detached' });
    expect((await readModel(queued.uid)).state).toBe('canceled');
  });
});

/** The cells of a setting in the table of differences. */
async function settingOf(page: Page, name: string): Promise<string[]> {
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  return row.getByRole('cell').allTextContents();
}

function pictureOf(canvas: Locator): Promise<string> {
  return canvas.evaluate(element => (element as HTMLCanvasElement).toDataURL());
}
