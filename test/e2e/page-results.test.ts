/** Videos in a real browser: sending them, the list of results, their files, the overlay; the worker is played by hand. */
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { inferenceConfigSchema } from '../../src/contract/inference.ts';
import { PREDICTION_FILES } from '../../src/contract/prediction-files.ts';
import { models } from '../../src/db/schema.ts';
import type { ClaimedTask } from '../../src/queue/claim.ts';
import { renewLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { accessibilityFaults, faultsInBothThemes, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';

const database = useDatabase();
const api = useApi(database, { MAX_UPLOAD_BYTES: '100000' });
const browser = useBrowser(api);
const hand = handWorker(database, api);

const video = (name: string, bytes = 1000) => ({ name, mimeType: 'video/mp4', buffer: Buffer.alloc(bytes, 7) });

/** What is read becomes what is expected; a busy machine has time for it. */
const soon = <T>(read: () => Promise<T>, message?: string) =>
  expect.poll(read, { timeout: 15_000, ...(message !== undefined && { message }) });

// With their tasks: no test meets another's in the queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

const read = async (id: number) => (await api.get(`/api/inferences/${id}`)).json();
const succeed = (task: ClaimedTask) => settleTask(database.client.db, task.lease, { end: 'succeeded' });
/** By the address, once the models are known. */
const modelChosen = (page: Page, uid: string) =>
  soon(() => page.getByRole('combobox', { name: 'Model' }).first().inputValue()).toBe(uid);
const row = (page: Page, name: string) => page.getByRole('row', { name });
const address = (page: Page) => page.evaluate(() => location.hash);

/** Frames of a walk: unsure in the third, with a jump in the seventh. */
const WALK = Array.from({ length: 10 }, (_, i) => {
  const score = i === 2 ? 0.3 : 0.9;
  return [10 + i, i === 6 ? 90 : 20, score, 30 + i, 40, score];
});

/** An inference that a worker has begun, with `frames` stored. */
async function begun(uid: string, { frames = 10, name = 'mouse 1.mp4' } = {}) {
  const { results_id: id } = await hand.infer(uid, { file_name: name });
  const task = await hand.claim();
  const points = WALK.slice(0, frames);
  if (frames > 0) await hand.store(task, { firstFrame: 0, times: points.map((_, i) => i / 10), points });
  return { id, task };
}

async function finished(uid: string, name?: string): Promise<number> {
  const { id, task } = await begun(uid, name === undefined ? {} : { name });
  await succeed(task);
  return id;
}

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
    await row(page, 'bad.mp4').getByText('The video has no frames.').waitFor();
    const told = row(page, 'good.mp4');
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

describe('a result', () => {
  it('is downloaded in every format, under the name of the video', async () => {
    const id = await finished(await hand.trained());
    const page = await browser.open(`#/results/${id}`);
    const links = page.locator('.exports-files a');
    await soon(() => links.count()).toBe(Object.keys(PREDICTION_FILES).length);
    const hrefs = await links.evaluateAll(all => all.map(link => (link as HTMLAnchorElement).href));
    for (const href of hrefs) {
      const answer = await fetch(href);
      const name = new URL(href).pathname.split('/').at(-1)!;
      expect([answer.status, answer.headers.get('content-disposition')], name).toEqual([
        200,
        expect.stringContaining(`filename="mouse 1.${name}"`),
      ]);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    const save = async (link: string) => {
      const saved = page.waitForEvent('download');
      await page.getByRole('link', { name: link }).click();
      return (await saved).suggestedFilename();
    };
    expect(await save('JSON lines')).toBe('mouse 1.predictions.ndjson');
    await page.getByLabel('CSV with a row for frames without a detection').check();
    expect(await page.getByRole('link', { name: 'Table (CSV)' }).getAttribute('href')).toMatch(
      /predictions\.csv\?empty_frames=true$/,
    );

    await page.getByText('Frames worth labelling next').click();
    await page.getByLabel('At most').selectOption('10');
    await page.getByRole('button', { name: 'Find them' }).click();
    const unsure = page.getByRole('row', { name: 'unsure' });
    expect(await unsure.getByRole('link').getAttribute('href')).toBe(`#/results/${id}?frame=2`);
    await page.getByRole('row', { name: 'a keypoint jumps' }).first().waitFor();
    expect(await save('Download for SLEAP (.slp)')).toBe('mouse 1.suggestions.slp');
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'result');
  });

  it('is partial while it runs, and whole then, without being asked', async () => {
    const { id, task } = await begun(await hand.trained(), { frames: 4 });
    const page = await browser.open(`#/results/${id}`);
    await page
      .getByText('The video is still being predicted: the files hold what there is so far, 4 frames.')
      .waitFor();
    await page.getByRole('link', { name: 'Table (CSV) partial' }).waitFor();
    await page.getByText('It can be made once the video has been predicted.').waitFor();
    await hand.store(task, { firstFrame: 4, points: WALK.slice(4) });
    await page.getByText('so far, 10 frames.').waitFor();
    await succeed(task);
    await page.getByRole('link', { name: 'Table (CSV)', exact: true }).waitFor();
    expect(await page.getByText('partial').count()).toBe(0);
  });

  it('is drawn into its video as asked, and anew', async () => {
    const id = await finished(await hand.trained());
    const page = await browser.open(`#/results/${id}`);
    await page.getByLabel('Radius, px').fill('0');
    await page.getByText('A number above 0').waitFor();
    const make = page.getByRole('button', { name: 'Make the video' });
    expect(await make.isDisabled()).toBe(true);
    await page.getByLabel('Radius, px').fill('3.5');
    await page.getByLabel('Trail, frames').fill('20');
    await make.click();
    await page.getByText('waiting for a worker').waitFor();
    expect((await read(id)).overlay.overlay_config).toMatchObject({ radius_px: 3.5, trail_length: 20 });
    const task = await hand.claim();
    const progress = { done: 3, total: 10, unit: 'frames', per_second: 30, seconds_left: 1 } as const;
    await renewLease(database.client.db, task.lease, { phase: 'drawing the overlay', progress, leaseSeconds: 60 });
    await page.getByText('3 of 10 frames, 30.0 frames/s, 1 s left').waitFor();
    await hand.finishOverlay(task, Buffer.from('an overlay'));
    const link = page.getByRole('link', { name: 'Download the video' });
    const saved = page.waitForEvent('download');
    await link.click();
    expect((await saved).suggestedFilename()).toBe('mouse 1.overlay.mp4');
    expect(await (await fetch(api.url + (await link.getAttribute('href'))!.replace(api.url, ''))).text()).toBe(
      'an overlay',
    );

    await page.getByRole('button', { name: 'Make it anew' }).click();
    await page.getByText('An earlier one can be downloaded').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('canceled').waitFor();
    await page.getByRole('button', { name: 'Make it anew' }).click();
    await page.getByText('waiting for a worker').waitFor();
    const again = await hand.claim();
    const error = { code: 'video_invalid', message: 'The video broke off.', remedy: null };
    await settleTask(database.client.db, again.lease, { end: 'failed', error });
    await page.getByText('The video was not made').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('is deleted after a question, from its own view and from the list', async () => {
    const uid = await hand.trained();
    const [one, two] = [await finished(uid, 'one.mp4'), await finished(uid, 'two.mp4')];
    const page = await browser.open(`#/results/${one}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete this result?' });
    await question.getByText('What was found in one.mp4 (10 frames) goes').waitFor();
    await question.getByRole('button', { name: 'Keep it' }).click();
    expect((await api.get(`/api/inferences/${one}`)).status).toBe(200);
    await page.getByRole('button', { name: 'Delete' }).click();
    await question.getByRole('button', { name: 'Delete' }).click();
    await soon(() => address(page)).toBe('#/results');
    expect((await api.get(`/api/inferences/${one}`)).status).toBe(404);

    await page.getByRole('button', { name: 'Delete two.mp4' }).click();
    await question.getByRole('button', { name: 'Delete' }).click();
    await row(page, 'two.mp4').waitFor({ state: 'detached' });
    expect((await api.get(`/api/inferences/${two}`)).status).toBe(404);
    await soon(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Results');
  });

  it('that is not there says so', async () => {
    const page = await browser.open('#/results/999999', { expectedComplaint: /404/ });
    await page.getByText('Inference 999999 does not exist.').waitFor();
    await hand.trained();
    await page.goto(`${api.url}/#/results?again=999999`);
    await page.getByText('That video cannot be taken again').waitFor();
    await page.goto(`${api.url}/#/results?model=no-uid`);
    await page.getByText('The list is not up to date').waitFor();
  });
});

it('filters, speaks Russian, fits a phone, and has nothing for axe to find in either theme', async () => {
  const [mine, other] = [await hand.trained(), await hand.trained()];
  const id = await finished(mine, 'мышь.mp4');
  await finished(other, 'another with a long name that has to be broken somewhere 2026-11-30 12-00.mp4');
  await hand.infer(other, { file_name: 'waits.mp4' });
  const page = await browser.open('#/results', { locale: 'ru', viewport: PHONE });
  await row(page, 'waits.mp4').getByText('ждёт исполнителя: впереди никого').waitFor();
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
