/** Sample predictions in a real browser: epochs by keyboard, what is drawn, following a training, and what is said where there is nothing. */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawAt, keypointsAt, SIDE_PX } from '../../demo/animal.ts';
import { samplePredictions } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { accessibilityFaults, faultsInBothThemes, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { addEpochs, KEYPOINTS, type SeededModel, seedModel } from '../support/seeded-models.ts';
import { storeSamples } from '../support/stored-samples.ts';
import { submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

const EPOCHS = 12;
const { NaN: none } = Number;
/** Of three frames, in an image of 1280 × 960; the last keypoint of the second has no label. */
const TRUTH = [0, 2, 4].map(seconds => {
  const places = keypointsAt(seconds).map(([x, y]) => [(x * 1280) / SIDE_PX, (y * 960) / SIDE_PX]);
  const [nose, leftEar, rightEar, , , tail] = places as [number[], number[], number[], number[], number[], number[]];
  return [nose, leftEar, rightEar, seconds === 2 ? [none, none] : tail].flat();
});
/** Each keypoint of frame f is off by (3, 4) px times its epoch's distance; the tail is not found in the first two epochs. */
const offBy = (epoch: number, f: number) => 12 - epoch + f;
const foundAt = (epoch: number) =>
  TRUTH.map((numbers, f) =>
    KEYPOINTS.flatMap((_, k) => {
      if (k === 3 && epoch < 2) return [none, none, 0.1];
      const [x, y] = [numbers[2 * k]!, numbers[2 * k + 1]!];
      return Number.isNaN(x) ? [640, 480, 0.4] : [x + 3 * offBy(epoch, f), y + 4 * offBy(epoch, f), 0.9];
    }),
  );

/** What is read becomes what is expected; a busy machine has time for it. */
const soon = <T>(read: () => Promise<T>, message?: string) =>
  expect.poll(read, { timeout: 15_000, ...(message !== undefined && { message }) });

let pictures: Buffer[];
beforeAll(async () => {
  pictures = await Promise.all(
    TRUTH.map(async (_, i) =>
      sharp(await drawAt(i * 2), { raw: { width: SIDE_PX, height: SIDE_PX, channels: 1 } })
        .resize(640, 480, { fit: 'fill' })
        .jpeg()
        .toBuffer(),
    ),
  );
});

async function trained({ epochs = EPOCHS, ...more }: SeededModel = {}): Promise<string> {
  const { uid } = await seedModel(database, { name: 'Mice', epochs, ...more });
  const found = Object.fromEntries(Array.from({ length: epochs }, (_, epoch) => [epoch, foundAt(epoch)]));
  await storeSamples(database.client.db, uid, { truth: TRUTH, found, pictures });
  return uid;
}

const at = (uid: string, query = '') => `#/models/${uid}/samples${query}`;
const slider = (page: Page) => page.getByRole('slider', { name: 'Epoch' });
const errors = (page: Page) => page.locator('figure .samples-error').allInnerTexts();
const drawn = (page: Page) =>
  page
    .locator('figure canvas')
    .first()
    .evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL());

describe('the samples of a training', () => {
  it('are gone through by keyboard: epoch, errors and address follow', async () => {
    const uid = await trained();
    const page = await browser.open(at(uid));
    await slider(page).waitFor();
    expect(await slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 11, val_loss 0\.0\d+$/);
    // (3, 4) px times 1, 2 and 3.
    expect(await errors(page)).toEqual(['5.00 px mean error', '10.0 px mean error', '15.0 px mean error']);
    const newest = await drawn(page);

    await slider(page).press('Home');
    await soon(() => slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 0, val_loss /);
    expect(await errors(page)).toEqual([
      '60.0 px mean error · 1 not found',
      '65.0 px mean error',
      '70.0 px mean error · 1 not found',
    ]);
    expect(await drawn(page)).not.toBe(newest);
    await slider(page).press('ArrowRight');
    await soon(() => page.evaluate(() => location.hash)).toBe(at(uid, '?epoch=1'));

    await page.reload();
    await soon(() => slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 1,/);
    await page.getByRole('button', { name: /^Best/ }).click();
    const { best_epoch: best } = await (await api.get(`/api/models/${uid}`)).json();
    await soon(() => slider(page).getAttribute('aria-valuetext')).toMatch(new RegExp(`^epoch ${best},`));
    await page.getByRole('button', { name: 'Last' }).click();
    await soon(() => page.evaluate(() => location.hash)).toBe(at(uid));
    await page.getByText('Numbers').first().click();
    const table = page.getByRole('region', { name: 'Numbers, images/0.png' });
    const [x, y] = TRUTH[0] as [number, number];
    expect(await table.getByRole('row', { name: 'nose' }).innerText()).toBe(
      `nose\t${x.toFixed(1)}, ${y.toFixed(1)}\t${(x + 3).toFixed(1)}, ${(y + 4).toFixed(1)}\t5.00 px`,
    );
    expect(await page.title()).toBe('Sample predictions · Mice · SLEAP');
  });

  it('show what the reader wants drawn, and remember it', async () => {
    const page = await browser.open(at(await trained(), '?epoch=5'));
    await slider(page).waitFor();
    const seen = new Set([await drawn(page)]);
    for (const name of ['label (rings)', 'prediction (discs)', 'label (rings)', 'distance between them', 'names']) {
      await page.getByLabel(name).click();
      await soon(async () => seen.has(await drawn(page)), name).toBe(false);
      seen.add(await drawn(page));
    }
    const before = await errors(page);
    const tail = page.getByRole('button', { name: 'tail' });
    await tail.press('Space');
    expect(await tail.getAttribute('aria-pressed')).toBe('false');
    await soon(async () => seen.has(await drawn(page))).toBe(false);
    expect(await errors(page)).toEqual(before); // all are off by the same
    await page.reload();
    await slider(page).waitFor();
    expect(await page.getByLabel('prediction (discs)').isChecked()).toBe(false);
    expect(await page.getByLabel('names').isChecked()).toBe(true);
  });

  it('play to the newest, unless the system asks for little motion', async () => {
    const uid = await trained({ epochs: 3 });
    const page = await browser.open(at(uid, '?epoch=1'));
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await soon(() => slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 2,/);
    await page.getByRole('button', { name: 'Play' }).waitFor();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByText('Your system asks for little motion').waitFor();
    expect(await page.getByRole('button', { name: 'Play' }).isDisabled()).toBe(true);
  });

  it('are enlarged and zoomed, and Escape goes back', async () => {
    const page = await browser.open(at(await trained()));
    const enlarge = page.getByRole('button', { name: 'Enlarge images/1.png' });
    await enlarge.click();
    const dialog = page.getByRole('dialog', { name: 'images/1.png' });
    const widthPx = () => dialog.locator('canvas').evaluate(canvas => (canvas as HTMLCanvasElement).width);
    await soon(widthPx).toBeGreaterThan(500);
    const before = await widthPx();
    await dialog.getByRole('slider', { name: 'Zoom' }).fill('2');
    await soon(async () => Math.abs((await widthPx()) / before - 2) < 0.1).toBe(true);
    // What is labelled stays in the middle.
    const pushed = await dialog
      .getByRole('region')
      .first()
      .evaluate(box => box.scrollLeft / box.scrollWidth);
    const nose = TRUTH[1]![0]! / 1280;
    expect(nose > pushed && nose < pushed + 0.8).toBe(true);
    expect(pushed).toBeGreaterThan(0);
    await dialog.getByRole('slider', { name: 'Epoch' }).press('Home');
    await dialog.getByText('65.0 px mean error').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'samples-enlarged');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await soon(() => enlarge.evaluate(button => button === document.activeElement)).toBe(true);
  });

  it('follow the newest epoch while it trains, but not one who looks at another', async () => {
    const uid = await trained({ state: 'active', epochs: 3 });
    const page = await browser.open(at(uid));
    await page.getByText('follows the newest').waitFor();
    const next = async (epoch: number) => {
      const points = new Uint8Array(Float32Array.from(foundAt(epoch).flat()).buffer);
      await database.client.db.insert(samplePredictions).values({ modelUid: uid, epoch, points });
      await addEpochs(database, uid, epoch, epoch + 1);
    };
    await next(3);
    await soon(() => slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 3,/);
    expect((await errors(page))[0]).toBe('45.0 px mean error');
    await slider(page).press('ArrowLeft');
    await next(4);
    await soon(() => slider(page).getAttribute('max')).toBe('4');
    expect(await slider(page).getAttribute('aria-valuetext')).toMatch(/^epoch 2,/);
  });
});

describe('without samples', () => {
  it('it says why: not yet, before the first epoch, an import, an older training, no such model', async () => {
    const { model_uid: queued } = await submit(api);
    const page = await browser.open(at(queued), { expectedComplaint: /404/ });
    await page.getByText('The frames are chosen once the dataset has been read.').waitFor();

    // The frames come when the worker has read the dataset: the view asks by itself.
    const { uid: reading, taskId } = await seedModel(database, { state: 'active' });
    await page.goto(`${api.url}/${at(reading)}`);
    await page.getByText('The frames are chosen once the dataset has been read.').waitFor();
    await storeSamples(database.client.db, reading, { truth: TRUTH, found: {}, pictures });
    const { sql } = database.client;
    await sql`update tasks set phase = 'compiling' where id = ${taskId}`;
    await sql`select pg_notify('sleap_change', ${reading})`;
    await page.getByText('No epoch has ended yet: these are the labels.').waitFor();
    expect(await page.locator('figure').count()).toBe(3);

    const { uid: old, taskId: oldTask } = await seedModel(database, { epochs: 2 });
    await page.goto(`${api.url}/${at(old)}`);
    await page.getByText('There are no sample frames').waitFor();
    await sql`update tasks set kind = 'import' where id = ${oldTask}`;
    await page.reload();
    await page.getByText('This model was imported').waitFor();

    await page.goto(`${api.url}/${at('5f0c3a52-0000-4000-8000-000000000000')}`);
    await page.getByText('This model cannot be shown').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

it('speaks Russian, fits a phone, and has nothing for axe to find in either theme', async () => {
  const uid = await trained();
  const russian = await browser.open(at(uid), { locale: 'ru', viewport: PHONE });
  const epoch = russian.getByRole('slider', { name: 'Эпоха' });
  await epoch.waitFor();
  await soon(() => epoch.getAttribute('aria-valuetext')).toMatch(/^эпоха 11, val_loss /);
  expect(await russian.locator('figure .samples-error').first().innerText()).toBe('средняя ошибка 5.00 пикс.');
  expect(await isTooWide(russian)).toBe(false);
  await russian.getByText('Числа').first().click();
  expect(await faultsInBothThemes(russian)).toEqual([]);
  const page = await browser.open(at(uid, '?epoch=6'));
  await slider(page).waitFor();
  await page.getByLabel('distance between them').click();
  await page.getByLabel('names').click();
  expect(await accessibilityFaults(page)).toEqual([]);
  await look(page, 'samples');
});
