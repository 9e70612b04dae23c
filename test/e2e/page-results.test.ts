/** Videos in a real browser: sending them, and the list of results; the worker is played by hand. One result: page-result.test.ts. */
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { inferenceConfigSchema } from '../../src/contract/inference.ts';
import { models } from '../../src/db/schema.ts';
import { renewLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { accessibilityFaults, faultsInBothThemes, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { address, resultsOver, rowOf, soon, WALK } from '../support/results-page.ts';

const database = useDatabase();
const api = useApi(database, { MAX_UPLOAD_BYTES: '100000' });
const browser = useBrowser(api);
const hand = handWorker(database, api);
const { read, succeed, finished } = resultsOver(database, api);

const video = (name: string, bytes = 1000) => ({ name, mimeType: 'video/mp4', buffer: Buffer.alloc(bytes, 7) });

// With their tasks: no test meets another's in the queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

/** By the address, once the models are known. */
const modelChosen = (page: Page, uid: string) =>
  soon(() => page.getByRole('combobox', { name: 'Model' }).first().inputValue()).toBe(uid);
describe('sending videos', () => {
  it('without a model that has weights leads to training one', async () => {
    const page = await browser.open('#/results');
    await page.getByText('No video was sent yet.').waitFor();
    await page.getByText('No model has weights yet.').waitFor();
    expect(await page.getByRole('link', { name: 'Train one' }).getAttribute('href')).toBe('#/new');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('of several makes a result each; what is refused is told by name and stops no other', async () => {
    const uid = await hand.trained();
    const page = await browser.open(`#/results?model=${uid}`, { expectedComplaint: /413/ });
    await modelChosen(page, uid);
    await page
      .getByLabel('Choose videos')
      .setInputFiles([
        ...[video('large.mp4', 200_000), video('empty.mp4', 0), video('bad.mp4'), video('good.mp4', 2000)],
        { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
      ]);
    await page.getByText('empty.mp4 is empty: it was not taken.').waitFor();
    await page.getByText('notes.txt is no video: it was not taken.').waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('large.mp4 was not sent').waitFor();
    await soon(() => page.getByRole('link', { name: 'Open the result' }).count()).toBe(2);
    expect(await address(page)).toBe(`#/results?model=${uid}`);

    // In their order: the worker finds the first to be no video.
    const bad = await hand.claim();
    const error = { code: 'video_invalid', message: 'The video has no frames.', remedy: 'Send another file.' };
    await settleTask(database.client.db, bad.lease, { end: 'failed', error });
    const good = await hand.claim();
    await hand.store(good, { firstFrame: 0, points: WALK });
    const progress = { done: 10, total: 30, unit: 'frames', per_second: 12.5, seconds_left: 65 } as const;
    await renewLease(database.client.db, good.lease, { phase: 'predicting', progress, leaseSeconds: 60 });
    await rowOf(page, 'bad.mp4').getByText('The video has no frames.').waitFor();
    const told = rowOf(page, 'good.mp4');
    await told.getByText('10 of 30 frames').waitFor();
    await told.getByText('12.5 frames/s, 1 min 5 s left').waitFor();
    expect(await told.getByRole('cell').nth(1).innerText()).toContain('10 frames');
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'results');
    await succeed(good);
    await told.getByText('succeeded').waitFor();
  });

  it('takes the settings along, marks what is wrong with them, and goes to the result', async () => {
    const uid = await hand.trained();
    const page = await browser.open('#/results');
    const run = page.getByRole('button', { name: 'Run', exact: true });
    await run.click();
    await page.getByText('Choose a model first.').waitFor();
    await page.getByRole('combobox', { name: 'Model' }).first().selectOption(uid);
    await page.getByLabel('Choose videos').setInputFiles([video('one.mp4')]);
    await page.getByText('More settings').click();
    await page.getByLabel('Threshold').fill('7');
    await page.getByText('A number from 0 to 1.').waitFor();
    await run.click();
    await page.getByText('Put right what is marked').waitFor();
    await page.getByLabel('Threshold').fill('0,45');
    await page.getByLabel('Place within a pixel').selectOption('whole pixels');
    await page.getByRole('textbox', { name: 'Frames', exact: true }).fill('0-9');
    await page.getByLabel('Every n-th frame').fill('2');
    await run.click();
    await page.getByRole('heading', { name: 'one.mp4' }).waitFor();
    const id = Number((await address(page)).split('/').at(-1));
    const config = { peak_threshold: 0.45, refinement: null, frames: '0-9', frame_step: 2 };
    expect(await read(id)).toMatchObject({
      ...{ model_uid: uid, file_name: 'one.mp4' },
      inference_config: inferenceConfigSchema.parse(config),
    });

    // Run again: the form has the video and the settings of that result.
    await page.getByRole('link', { name: 'Run again with other settings' }).click();
    await page.getByText('one.mp4').first().waitFor();
    await soon(() => page.getByLabel('Threshold').inputValue()).toBe('0.45');
    await page.getByLabel('Threshold').fill('0.1');
    await run.click();
    await soon(() => address(page)).toBe(`#/results/${id + 1}`);
    expect((await read(id + 1)).inference_config).toMatchObject({ ...config, peak_threshold: 0.1 });
    expect(await (await api.get(`/api/inferences/${id + 1}/video`)).text()).toBe('\x07'.repeat(1000));
    for (const task of [await hand.claim(), await hand.claim()]) await succeed(task);
  });

  it('by dropping one is paused and goes on, also after a reload', async () => {
    const uid = await hand.trained();
    const page = await browser.open(`#/results?model=${uid}`);
    await modelChosen(page, uid);
    let isHeld = true;
    await page.route('**/api/uploads/*', async route => {
      if (isHeld && route.request().method() === 'PATCH') return; // a line that stands still
      await route.continue();
    });
    let uploads = 0;
    page.on('request', request => {
      if (request.method() === 'POST' && request.url().endsWith('/api/uploads')) uploads++;
    });
    const sendSlow = async () => {
      const dataTransfer = await page.evaluateHandle(() => {
        const dropped = new DataTransfer();
        dropped.items.add(new File([new Uint8Array(5000)], 'slow.mp4', { type: 'video/mp4', lastModified: 1 }));
        return dropped;
      });
      await page.locator('.results-drop').dispatchEvent('drop', { dataTransfer });
      await page.getByRole('button', { name: 'Run', exact: true }).click();
    };
    await sendSlow();
    await page.getByText('sending, 0 bytes of 5.0 kB').waitFor();
    await page.getByRole('button', { name: 'Pause slow.mp4' }).click();
    await page.getByText('paused, 0 bytes of 5.0 kB').waitFor();
    await page.reload();
    await modelChosen(page, uid);
    await sendSlow();
    await page.getByText('sending, 0 bytes of 5.0 kB').waitFor();
    await page.getByRole('button', { name: 'Pause slow.mp4' }).click();
    isHeld = false;
    await page.getByRole('button', { name: 'Go on slow.mp4' }).click();
    await page.getByRole('heading', { name: 'slow.mp4' }).waitFor();
    expect(uploads).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('canceled').waitFor();
  });
});

it('filters, speaks Russian, fits a phone, and has nothing for axe to find in either theme', async () => {
  const [mine, other] = [await hand.trained(), await hand.trained()];
  const id = await finished(mine, 'мышь.mp4');
  await finished(other, 'another with a long name that has to be broken somewhere 2026-11-30 12-00.mp4');
  await hand.infer(other, { file_name: 'waits.mp4' });
  const page = await browser.open('#/results', { locale: 'ru', viewport: PHONE });
  await rowOf(page, 'waits.mp4').getByText('ждёт исполнителя: впереди никого').waitFor();
  expect(await isTooWide(page)).toBe(false);
  expect(await faultsInBothThemes(page)).toEqual([]);
  await look(page, 'results-russian');
  await page.getByLabel('Состояние').selectOption('queued');
  await soon(() => page.locator('tbody tr').count()).toBe(1);
  expect(await address(page)).toBe('#/results?state=queued');
  await page.getByRole('combobox', { name: 'Модель' }).last().selectOption(mine);
  await page.getByText('Под фильтр ничего не подходит.').waitFor();
  await page.getByRole('button', { name: 'Показать все' }).click();
  await soon(() => page.locator('tbody tr').count()).toBe(3);

  await page.getByRole('link', { name: 'мышь.mp4' }).click();
  await page.getByText('Таблица анализа SLEAP').waitFor();
  await page.getByText('Какие кадры разметить следующими').click();
  expect(await isTooWide(page)).toBe(false);
  expect(await faultsInBothThemes(page)).toEqual([]);
  expect(await page.title()).toBe('Видео · мышь.mp4 · SLEAP');
  expect(await address(page)).toBe(`#/results/${id}`);
  await look(page, 'result-russian');
});
