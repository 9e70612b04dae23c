/** The view of one training in a real browser: curves that grow under a reader's hands, and everything said around them. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { accessibilityFaults, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { addEpochs, KEYPOINTS, seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);
const EPOCHS = 60;

const sql = () => database.client.sql;
const tell = (uid: string) => sql()`select pg_notify('sleap_change', ${uid})`;
const card = (page: Page) => page.getByRole('region', { name: 'Loss' });
const reading = (page: Page, name: string) => card(page).locator(`.readings .${name}:not(button)`);
const open = (uid: string, options = {}) => browser.open(`#/models/${uid}`, options);

interface Log {
  epoch: number;
  loss: number;
  val_loss: number;
  lr: number;
  seconds: number;
}
const logOf = (uid: string) =>
  sql()<Log[]>`select epoch, loss, val_loss, lr, seconds from epochs where model_uid = ${uid} order by epoch`;
const exact = (value: number) => String(Number(value.toPrecision(7)));

/** With errors of each epoch, and of the best weights. */
async function withErrors(uid: string): Promise<void> {
  await sql()`
    update epochs set metrics = jsonb_build_object(
      'dist', jsonb_build_object('avg', 40 * exp(-epoch / 20.0) + 2.5, 'p50', 30 * exp(-epoch / 20.0) + 1.5, 'p90', 60 * exp(-epoch / 20.0) + 6),
      'pck', jsonb_build_object('mean', 0.9 - 0.8 * exp(-epoch / 15.0)), 'oks', jsonb_build_object('mean', 0.95 - 0.9 * exp(-epoch / 15.0)))
    where model_uid = ${uid}`;
  const keypoints = KEYPOINTS.map(keypoint => ({ keypoint, count: 10, mean: 2.5 }));
  const error = {
    count: 38,
    missed: 2,
    mean: 2.5,
    median: 1.5,
    p90: 6,
    baseline_mean: 40,
    baseline_median: 38,
    keypoints,
  };
  await sql()`update models set pixel_error = ${JSON.stringify(error)}::jsonb where uid = ${uid}`;
}

/** Drags over the middle third of the loss. */
async function zoomByMouse(page: Page): Promise<void> {
  const box = (await card(page).locator('.u-over').first().boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 3, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 2) / 3, y, { steps: 4 });
  await page.mouse.up();
}

/** The epoch at a place of the loss plot, 0 left to 1 right. */
async function epochAt(page: Page, share: number): Promise<string> {
  const over = card(page).locator('.u-over').first();
  const box = (await over.boundingBox())!;
  await page.mouse.move(box.x + box.width * share, box.y + 20);
  return reading(page, 'epoch').innerText();
}

describe('the curves of a running training', () => {
  let uid: string;
  let rows: Log[];
  beforeAll(async () => {
    const config = { num_epochs: 500, early_stopping: { plateau_patience: 100 } };
    ({ uid } = await seedModel(database, { name: 'mouse in the arena', state: 'active', epochs: EPOCHS, config }));
    await withErrors(uid);
    rows = await logOf(uid);
  });

  it('show the exact values under the cursor and of the newest epoch, and mark the best as measured', async () => {
    const page = await open(uid);
    await page.getByRole('heading', { level: 1, name: 'mouse in the arena' }).waitFor();
    expect(await page.title()).toBe('training · mouse in the arena · SLEAP');
    expect(await reading(page, 'epoch').innerText()).toBe(String(EPOCHS - 1));

    const epoch = Number(await epochAt(page, 0.4));
    expect(epoch).toBeGreaterThan(10);
    const row = rows[epoch]!;
    expect(await reading(page, 'loss').innerText()).toBe(exact(row.loss));
    expect(await reading(page, 'val_loss').innerText()).toBe(exact(row.val_loss));
    expect(await reading(page, 'lr').innerText()).toBe(exact(row.lr));
    const errors = page.getByRole('region', { name: 'Distance from the labels, epoch by epoch' });
    expect(await errors.locator('.readings .epoch').innerText()).toBe(String(epoch));
    expect(Number(await errors.locator('.readings .median_px:not(.label)').innerText())).toBeCloseTo(
      30 * Math.exp(-epoch / 20) + 1.5,
      4,
    );

    const best = rows.reduce((a, b) => (b.val_loss < a.val_loss ? b : a));
    const sentence = `Lowest validation loss ${exact(best.val_loss)} at epoch ${best.epoch}`;
    await card(page).getByText(sentence).waitFor();
    await page.getByLabel('Smoothing').fill('0.9');
    await card(page).getByText('Faint: as measured.').waitFor();
    await card(page).getByText(sentence).waitFor();
    expect(await page.getByText(/at most .*, may stop earlier/).count()).toBe(1);
    expect(await page.locator('.waited dd').innerText()).toMatch(/ of 100 epochs$/);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training');
  });

  it('keep zoom and settings when epochs come, and show them without being asked', async () => {
    const { uid } = await seedModel(database, { state: 'active', epochs: EPOCHS });
    const page = await open(uid);
    await page.getByLabel('Logarithmic').uncheck();
    await page.getByLabel('Smoothing').fill('0.5');
    await page.getByRole('button', { name: 'Training loss' }).click();
    await zoomByMouse(page);
    const [first, last] = [await epochAt(page, 0.02), await epochAt(page, 0.98)];
    expect(Number(first)).toBeGreaterThan(10);
    expect(Number(last)).toBeLessThan(50);
    await page.mouse.move(0, 0);
    await addEpochs(database, uid, EPOCHS, EPOCHS + 20);
    await page.locator('.readings .epoch', { hasText: /^79$/ }).waitFor();
    expect([await epochAt(page, 0.02), await epochAt(page, 0.98)]).toEqual([first, last]);
    expect(await page.getByLabel('Logarithmic').isChecked()).toBe(false);
    expect(await page.getByRole('button', { name: 'Training loss' }).getAttribute('aria-pressed')).toBe('false');

    // The same part of the training along another axis.
    await page.getByLabel('Horizontal axis').selectOption('time');
    expect(Math.abs(Number(await epochAt(page, 0.02)) - Number(first))).toBeLessThanOrEqual(1);
    await card(page).locator('.plots').focus();
    await page.keyboard.press('Home');
    await addEpochs(database, uid, EPOCHS + 20, EPOCHS + 30);
    await page.getByText('90 of 100').waitFor();
    expect(await reading(page, 'epoch').innerText()).toBe('0');
    await page.reload();
    await page.locator('.readings .epoch', { hasText: /^89$/ }).waitFor();
    expect(await page.getByLabel('Horizontal axis').inputValue()).toBe('time');
    expect(await page.getByLabel('Smoothing').inputValue()).toBe('0.5');
    expect(await page.getByLabel('Logarithmic').isChecked()).toBe(false);
    await zoomByMouse(page);
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await epochAt(page, 0.001)).toBe('0');
    await zoomByMouse(page);
    await card(page).locator('.u-over').first().dblclick();
    expect(await epochAt(page, 0.999)).toBe('89');
  });

  it('are walked and zoomed by keys, and read out', async () => {
    const page = await open(uid);
    const plots = card(page).locator('.plots');
    await plots.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const row = rows[1]!;
    const spoken = `Epoch 1: Training loss ${exact(row.loss)}, Validation loss ${exact(row.val_loss)}, Learning rate ${exact(row.lr)}`;
    await card(page).locator('[aria-live]', { hasText: spoken }).waitFor({ state: 'attached' });
    // New colours and another axis leave it where it is.
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByLabel('Logarithmic').uncheck();
    expect(await reading(page, 'epoch').innerText()).toBe('1');
    await plots.focus();
    await page.keyboard.press('+');
    expect(await page.getByRole('button', { name: 'Show all' }).isEnabled()).toBe(true);
    await page.keyboard.press('End');
    expect(await reading(page, 'epoch').innerText()).toBe(String(EPOCHS - 1));
    await page.keyboard.press('0');
    expect(await page.getByRole('button', { name: 'Show all' }).isDisabled()).toBe(true);
  });

  it('say how many outliers they leave out', async () => {
    const page = await open(uid);
    await page.getByLabel('Ignore outliers').check();
    await card(page)
      .getByText(/from the 2nd to the 98th percentile: [1-9]\d* of 120 values lie outside/)
      .waitFor();
  });

  it('are handed out as a picture that is not blank, and as a CSV', async () => {
    const page = await open(uid);
    await page.getByLabel('Theme').selectOption('dark');
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      card(page).getByRole('button', { name: 'Save PNG' }).click(),
    ]);
    expect(png.suggestedFilename()).toMatch(/^training_log_[0-9a-f]{8}\.png$/);
    const { data, info } = await sharp(await png.path())
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colours = new Set<string>();
    for (let i = 0; i < data.length; i += 3) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    // Background, training and validation of the dark theme.
    for (const colour of ['24,30,38', '109,177,255', '255,161,92']) expect(colours).toContain(colour);
    expect(info.height).toBeGreaterThan(450);
    if (process.env.SCREENSHOTS) await png.saveAs(`${process.env.SCREENSHOTS}/training-chart.png`);

    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save CSV' }).click(),
    ]);
    const lines = (await readFile((await csv.path())!, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('epoch,loss,lr,val_loss');
    expect(lines.slice(1).map(line => line.split(',').map(Number))).toEqual(
      rows.map(({ epoch, loss, lr, val_loss }) => [epoch, loss, lr, val_loss]),
    );
  });

  it('are a table, too, with the errors beside them', async () => {
    const { uid } = await seedModel(database, { epochs: 12 });
    await withErrors(uid);
    const page = await open(uid);
    await page.getByRole('region', { name: /epoch by epoch/ }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    const table = page.getByRole('table', { name: 'Lines 1 to 12 of 12' });
    const row = rows[7]!;
    const cells = await table.getByRole('row').nth(8).getByRole('cell').allInnerTexts();
    expect(cells.slice(0, 3)).toEqual([exact(row.loss), exact(row.val_loss), exact(row.lr)]);
    expect(Number(cells[5])).toBeCloseTo(30 * Math.exp(-7 / 20) + 1.5, 4);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training-table');
  });
});

describe('ten thousand epochs', () => {
  it('are shown whole, walked and paged', async () => {
    const { uid } = await seedModel(database, { epochs: 10_000 });
    const page = await open(uid);
    await page.locator('.readings .epoch', { hasText: '9,999' }).waitFor();
    expect(await epochAt(page, 0.0005)).toBe('0');
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    expect(await page.locator('.epoch-table tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'First' }).click();
    await page.getByRole('table', { name: 'Lines 1 to 100 of 10,000' }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await look(page, 'training-10000');
  });
});

describe('what can be done with a model', () => {
  it('is to stop it, which is heard at once and told by the service; a refusal is told, too', async () => {
    const { uid, taskId } = await seedModel(database, { state: 'active', epochs: 5 });
    const page = await open(uid, { expectedComplaint: /409|400/ });
    let letGo = () => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    await page.route('**/api/stop-training', async route => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Stop keeps the best weights' }).click();
    const stop = page.getByRole('button', { name: 'Stopping…' });
    expect(await stop.isDisabled()).toBe(true);
    await page.getByRole('status').filter({ hasText: 'stopping…' }).waitFor();
    letGo();
    await expect
      .poll(async () => (await sql()`select control from tasks where id = ${taskId}`)[0]!.control)
      .toBe('stop');
    expect(await stop.isDisabled()).toBe(true);

    const other = await seedModel(database, { state: 'active', epochs: 5 });
    await page.goto(`${api.url}/#/models/${other.uid}`);
    await page.getByRole('button', { name: 'Cancel discards' }).click();
    await page.getByRole('button', { name: 'Keep training' }).click();
    expect((await sql()`select control from tasks where id = ${other.taskId}`)[0]!.control).toBe(null);
    await page.getByRole('button', { name: 'Cancel discards' }).click();
    // It ends between the click and the request.
    await page.route('**/cancel', async route => {
      await sql()`update tasks set state = 'succeeded', finished_at = now(), lease_token = null, lease_until = null where id = ${other.taskId}`;
      await route.continue();
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('That was not possible').waitFor();
    await tell(other.uid);
    await page.getByRole('status').filter({ hasText: 'succeeded' }).waitFor();
  });

  it('is to name it, to tag it, and to delete it after a question', async () => {
    const uid = await handWorker(database, api).trained();
    await sql()`update models set tags = '{old}' where uid = ${uid}`;
    const page = await open(uid);
    const path = `/api/models/${uid}/files/model.zip`;
    expect(await page.getByRole('link', { name: 'Download model' }).getAttribute('href')).toMatch(path);
    const tabs = page.getByRole('navigation', { name: 'Views of this model' }).getByRole('link');
    expect(await tabs.evaluateAll(links => links.map(link => link.getAttribute('href')))).toEqual([
      `#/models/${uid}`,
      `#/models/${uid}/samples`,
      `#/results?model=${uid}`,
      `#/models/${uid}/try`,
      `#/compare?models=${uid}`,
    ]);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name', { exact: true }).fill('fly, third try');
    await page.getByRole('button', { name: 'Remove the tag old' }).click();
    await page.getByLabel('Another tag').fill('dark, wet');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'fly, third try' }).waitFor();
    expect(await sql()`select name, tags from models where uid = ${uid}`).toEqual([
      { name: 'fly, third try', tags: ['dark, wet'] },
    ]);
    expect(await page.getByRole('link', { name: 'Train again' }).getAttribute('href')).toBe(`#/new?from=${uid}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/#\/models$/);
    expect(await sql()`select 1 from models where uid = ${uid}`).toHaveLength(0);
  });
});

describe('a training that is not running', () => {
  it('tells why it failed and what helps, in its own words, and its log', async () => {
    const error = {
      code: 'labels_missing',
      message: 'No labels were found.',
      remedy: 'Put a labels file into the archive.',
    };
    const { uid, taskId } = await seedModel(database, { name: 'broken', state: 'failed', error });
    await sql()`insert into task_log (task_id, seq, level, message) select ${taskId}::uuid, n, 'info', 'Line ' || n from generate_series(1, 60) n`;
    await sql()`insert into task_log (task_id, seq, level, message) values (${taskId}, 61, 'error', 'No labels were found.')`;
    await sql()`update tasks set warnings = '["Two frames were left out."]'::jsonb where id = ${taskId}`;
    const page = await open(uid);
    const notices = page.locator('.notices');
    await notices.getByText('The training failed').waitFor();
    expect(await notices.allInnerTexts()).toContainEqual(expect.stringContaining(`${error.message} ${error.remedy}`));
    await page.getByText('Two frames were left out.').waitFor();
    await page.getByText('No epoch was finished.').waitFor();
    const log = page.locator('.log');
    await log.getByText('error: No labels were found.').waitFor();
    expect(
      await log.evaluate(({ scrollTop, clientHeight, scrollHeight }) => scrollHeight - scrollTop - clientHeight),
    ).toBeLessThan(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training-failed');
  });

  it('waits for a worker with so many before it', async () => {
    await seedModel(database, { state: 'queued' });
    await seedModel(database, { state: 'queued' });
    const { uid } = await seedModel(database, { state: 'queued' });
    const page = await open(uid);
    await page.getByText('waiting for a worker: 2 before it').waitFor();
    await page.getByText('The curves begin with the first finished epoch.').waitFor();
    expect(await page.getByRole('button', { name: /^Stop/ }).isDisabled()).toBe(true);
  });

  it('is one whose worker fell silent, or an import that brought no log', async () => {
    const { uid, taskId } = await seedModel(database, { state: 'active' });
    await sql()`update tasks set heartbeat_at = now() - interval '2 minutes' where id = ${taskId}`;
    const page = await open(uid);
    await page.getByText(/^Worker silent for 2 min/).waitFor();
    // Its log stays where the reader scrolled to, and follows again from the end on.
    const log = page.locator('.log');
    const write = async (from: number, to: number) => {
      await sql()`
        insert into task_log (task_id, seq, level, message)
        select ${taskId}::uuid, n, 'info', 'Line ' || n from generate_series(${from}::int, ${to}::int) n`;
      await sql()`update tasks set log_lines = ${to} where id = ${taskId}`;
      await tell(uid);
      await log.getByText(new RegExp(`Line ${to}$`)).waitFor({ state: 'attached' });
    };
    const toEnd = () =>
      log.evaluate(({ scrollTop, clientHeight, scrollHeight }) => Math.round(scrollHeight - scrollTop - clientHeight));
    await write(1, 60);
    await expect.poll(toEnd).toBeLessThan(2);
    await log.evaluate(box => box.scrollTo(0, 0));
    await expect.poll(toEnd).toBeGreaterThan(100);
    await write(61, 61);
    expect(await log.evaluate(box => box.scrollTop)).toBe(0);
    await log.evaluate(box => box.scrollTo(0, box.scrollHeight));
    await write(62, 70);
    await expect.poll(toEnd).toBeLessThan(2);
    const imported = await seedModel(database, {});
    await sql()`update tasks set kind = 'import' where id = ${imported.taskId}`;
    await page.goto(`${api.url}/#/models/${imported.uid}`);
    await page.getByText('This model was imported without a training log.').waitFor();
    expect(await page.getByRole('link', { name: 'Train again' }).count()).toBe(0);
  });

  it('is said not to exist where it does not', async () => {
    const page = await open('00000000-0000-4000-8000-000000000000', { expectedComplaint: /404/ });
    await page.getByText('This model cannot be shown').waitFor();
    await page.getByRole('link', { name: 'To the list of models' }).waitFor();
  });

  it('gets the epochs that came while the connection was lost', async () => {
    const { uid } = await seedModel(database, { state: 'active', epochs: 10 });
    const page = await open(uid, { expectedComplaint: /ERR_INTERNET_DISCONNECTED|Failed to load resource/ });
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    await page.context().setOffline(true);
    await addEpochs(database, uid, 10, 15);
    await page.context().setOffline(false);
    await page.locator('.readings .epoch', { hasText: /^14$/ }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    expect(await page.locator('.epoch-table tbody tr').count()).toBe(15);
  });

  it('is followed by one stream, whichever of its views is shown', async () => {
    const { uid } = await seedModel(database, { state: 'active', epochs: 10 });
    const page = await open(uid);
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    let streams = 0;
    page.on('request', request => (streams += Number(request.url().includes(`/models/${uid}/events`))));
    await page.getByRole('link', { name: 'Samples', exact: true }).click();
    await page.getByRole('heading', { name: 'Sample predictions' }).waitFor();
    await page.getByRole('link', { name: 'Training', exact: true }).click();
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    await addEpochs(database, uid, 10, 12);
    await tell(uid);
    await page.locator('.readings .epoch', { hasText: /^11$/ }).waitFor();
    expect(streams).toBe(0);
  });

  it('is told in Russian, in the dark and on a phone', async () => {
    const { uid } = await seedModel(database, { name: 'мышь', epochs: EPOCHS, tags: ['арена'] });
    await withErrors(uid);
    const page = await open(uid, { remembered: { language: 'ru', theme: 'dark' }, viewport: PHONE });
    await page.getByRole('region', { name: 'Ошибка (loss)' }).waitFor();
    await page.getByText('На проверке').first().waitFor();
    await page.getByRole('region', { name: 'Расстояние до разметки по эпохам' }).waitFor();
    expect(await isTooWide(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training-russian');
  });
});
