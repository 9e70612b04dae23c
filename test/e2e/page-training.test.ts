/** The curves of one training in a real browser, which grow under a reader's hands. What is said around them: page-training-told.test.ts. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { accessibilityFaults, look, useBrowser } from '../support/page.ts';
import { addEpochs, addErrors, seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);
const EPOCHS = 60;

const sql = () => database.client.sql;
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
    await addErrors(database, uid);
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
    await addErrors(database, uid);
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
