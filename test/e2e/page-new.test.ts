/** New training in a real browser, against the real API and a real worker, which checks the data. Its settings: page-new-settings.test.ts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIDE_PX } from '../../demo/animal.ts';
import { packFolder } from '../../demo/pack-archive.ts';
import { readConfig } from '../../src/config.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import type { WorkerResource } from '../../src/contract/worker.ts';
import { freePort } from '../../src/db/free-port.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import { useDatabase } from '../support/database.ts';
import { labelsCsv, writeDataset } from '../support/lab.ts';
import { accessibilityFaults, isTooWide, look, OF_COLOURS, PHONE, useBrowser } from '../support/page.ts';
import { useWorker } from '../support/worker.ts';

const FRAMES = 8;
/** Room enough for a worker on a busy machine. */
const CHECKED = { timeout: 60_000 };

const database = useDatabase();
const service = { url: '' };
let api: RunningApi;
let port: number;
const startApi = async () => {
  api = await serveApi(readConfig({ PORT: String(port), POLL_SECONDS: '0.2' }), database.url);
};
beforeAll(async () => {
  port = await freePort();
  service.url = `http://127.0.0.1:${port}`;
  await startApi();
});
afterAll(() => api.close());
useWorker(database);
const { open } = useBrowser(service);

const lab = mkdtempSync(join(tmpdir(), 'sleap-test-lab-'));
const mice = join(lab, 'mice');
const archive = join(lab, 'mice.7z');
const secret = join(lab, 'secret.7z');
const broken = join(lab, 'broken.7z');
beforeAll(async () => {
  await writeDataset(mice, { files: { 'skeleton.csv': 'Keypoint name,Parent name\nnose,spine\nspine,\n' } });
  await packFolder(mice, archive);
  await packFolder(mice, secret, ['-pwhite mouse', '-mhe=on']);
  mkdirSync(join(mice, '__MACOSX'));
  writeFileSync(join(mice, '.DS_Store'), 'junk');
  writeFileSync(join(mice, '__MACOSX', '._labels.csv'), 'junk');
  // The signature of a 7z, and nothing that follows from it.
  writeFileSync(broken, Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), Buffer.alloc(2000, 7)]));
});
afterAll(() => rmSync(lab, { recursive: true, force: true }));

const folderInput = (page: Page) => page.locator('input[name=folder]');
const fileInput = (page: Page) => page.locator('input[name=files]');
/** As a person drops it from a file manager: the browser itself reads the folder. */
const drop = async (page: Page, path: string) => {
  const box = (await page.getByRole('region', { name: 'Drop a folder or an archive here' }).boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const place = { x: box.x + box.width / 2, y: box.y + 20 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', {
      ...{ type, ...place },
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
};
const step = (page: Page, name: RegExp) => page.getByRole('region', { name });
const start = (page: Page) => page.getByRole('button', { name: 'Start the training' });
const checked = (page: Page) => page.getByRole('list', { name: /^Samples/ }).waitFor(CHECKED);
const devices = async (): Promise<(string | null)[]> => {
  const { workers }: { workers: WorkerResource[] } = await (await fetch(`${service.url}/api/workers`)).json();
  return workers.map(({ device }) => device);
};
const models = async (): Promise<ModelResource[]> => (await (await fetch(`${service.url}/api/models`)).json()).models;

test('a folder is packed, sent, checked and trained on, and pressing twice makes one training', async () => {
  const page = await open('#/new');
  await page.getByText('Drop a folder or an archive here').waitFor();
  await look(page, 'new-empty');
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await start(page).isDisabled()).toBe(true);

  // A check needs no device; the estimate, which asks once the check is done, does.
  await expect.poll(devices, CHECKED).toContainEqual(expect.any(String));
  await drop(page, mice);
  await page.getByText(/10 files.*8 pictures.*2 files of the system left out/).waitFor();
  await checked(page);
  const report = step(page, /What a training would see/);
  await report.getByText('labels_csv').waitFor();
  await report.getByRole('row', { name: /nose 8 100%/ }).waitFor();
  const pictures = await report.locator('img').evaluateAll(images =>
    Promise.all(
      images.map(async image => {
        (image as HTMLImageElement).loading = 'eager';
        await (image as HTMLImageElement).decode();
        return (image as HTMLImageElement).naturalWidth;
      }),
    ),
  );
  expect(pictures).toHaveLength(FRAMES);
  expect(Math.min(...pictures)).toBeGreaterThan(100);

  // The estimate knows the frames of the check; nothing was trained here that could tell a time.
  await page.getByText('7 to learn, 1 to check').waitFor();
  await page.getByText('not known yet: nothing was trained here').waitFor();
  await page.getByRole('button', { name: 'Quick look' }).click();
  await look(page, 'new-checked');

  await page.getByLabel('Name of the model').fill('Mice, first try');
  await page.getByLabel('Tags').fill('mouse, pilot, mouse');
  await page.getByLabel('Epochs, at most').fill('1');
  await start(page).dblclick();
  await page.waitForURL(/#\/models\/[0-9a-f-]{36}$/);
  const [model, ...others] = await models();
  expect(others).toEqual([]);
  expect(page.url()).toContain(model!.model_uid);
  expect(model).toMatchObject({
    ...{ name: 'Mice, first try', tags: ['mouse', 'pilot'] },
    training_config: { num_epochs: 1, heads_output_stride: 4, input_scaling: 0.5 },
  });
  await fetch(`${service.url}/api/tasks/${model!.task_id}/cancel`, { method: 'POST' });
});

test('a dropped archive is looked into before it is sent, and a reload keeps its check and the form', async () => {
  const page = await open('#/new');
  await drop(page, archive);
  await page.getByText(/10 files · 8 pictures/).waitFor(CHECKED);
  await page.getByText('labels may be in labels.csv').waitFor();
  await checked(page);
  await page.getByLabel('Sigma').fill('3.25');
  await page.reload();
  await checked(page);
  await page.getByText('mice.7z').first().waitFor();
  expect(await page.getByLabel('Sigma').inputValue()).toBe('3.25');
  expect(await start(page).isEnabled()).toBe(true);
});

test('a broken archive is told with its remedy, what is no archive is not sent, an encrypted one asks for its password', async () => {
  const page = await open('#/new', { expectedComplaint: /status of 400/ });
  await fileInput(page).setInputFiles(broken);
  await page.getByText('A training cannot use this data').waitFor(CHECKED);
  const why = await page.locator('.notices .bad p').textContent();
  expect(why).toMatch(/7z.*pack it again/);
  await look(page, 'new-broken');

  await fileInput(page).setInputFiles(join(mice, 'img0.jpg'));
  await page.getByText('"img0.jpg" is no 7z, zip or tar archive').waitFor();

  await fileInput(page).setInputFiles(secret);
  const password = page.getByLabel('Password of the archive');
  await password.waitFor(CHECKED);
  await password.fill('black mouse');
  await password.press('Enter');
  await page.getByText('The password does not open the archive.').waitFor(CHECKED);
  await look(page, 'new-password');
  await password.fill('white mouse');
  await page.getByRole('button', { name: 'Check again' }).click();
  await checked(page);
});

test('labels of several formats are asked about, and the chosen ones are read', async () => {
  const both = join(lab, 'both');
  mkdirSync(both);
  const row = 'img0.jpg,10,10\n';
  writeFileSync(join(both, 'labels.csv'), `Image path,nose,nose\n,X,Y\n${row}`);
  const coco = {
    images: [{ id: 1, file_name: 'img0.jpg', width: SIDE_PX, height: SIDE_PX }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, keypoints: [10, 10, 2] }],
    categories: [{ id: 1, name: 'mouse', keypoints: ['nose'], skeleton: [] }],
  };
  writeFileSync(join(both, 'annotations.json'), JSON.stringify(coco));
  writeFileSync(join(both, 'img0.jpg'), await sharp(join(mice, 'img0.jpg')).toBuffer());
  const page = await open('#/new');
  await folderInput(page).setInputFiles(both);
  await page.getByText(/holds several labels/).waitFor(CHECKED);
  await page.getByLabel('Format of the labels').selectOption('coco');
  await page.getByRole('button', { name: 'Check again' }).click();
  await checked(page);
  await step(page, /What a training/)
    .getByText('coco', { exact: true })
    .waitFor();
});

test('an upload goes on after the service was away, and after the page was loaded anew', async () => {
  const large = join(lab, 'large');
  mkdirSync(large);
  writeFileSync(join(large, 'notes.bin'), Buffer.alloc(10 * 2 ** 20, 1));
  writeFileSync(join(large, 'labels.csv'), labelsCsv(1));
  writeFileSync(join(large, 'img0.jpg'), await sharp(join(mice, 'img0.jpg')).toBuffer());
  const page = await open('#/new', { expectedComplaint: /ERR_CONNECTION|status of 50/ });
  // When what happens is held here; what happens is real.
  let pieces = 0;
  let away: Promise<void> | null = null;
  await page.route('**/api/uploads/*', async route => {
    if (route.request().method() !== 'PATCH') return route.continue();
    pieces += 1;
    if (pieces === 2) await (away = api.close());
    // The last of three pieces is on its way when the page is left, and again when it is paused.
    if (pieces !== 4 && pieces !== 5) await route.continue();
  });
  await folderInput(page).setInputFiles(large);
  await expect.poll(() => away !== null, { timeout: 30_000 }).toBe(true);
  await away;
  await startApi();
  await expect.poll(() => pieces, { timeout: 30_000 }).toBe(4);

  await page.reload();
  await folderInput(page).setInputFiles(large);
  await expect.poll(() => pieces, { timeout: 30_000 }).toBe(5);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await checked(page);
  // What had arrived was not sent again.
  expect(pieces).toBe(6);
});

test('with the keyboard alone, in Russian and on a phone', async () => {
  const page = await open('#/new', { viewport: PHONE, locale: 'ru', remembered: { language: 'ru', theme: 'dark' } });
  await page.getByText('Перетащите сюда папку или архив').waitFor();
  const button = page.getByRole('button', { name: 'Выбрать файлы…' });
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.press('Enter')]);
  await chooser.setFiles(archive);
  await page.getByRole('list', { name: 'Примеры с разметкой' }).waitFor(CHECKED);
  await page.getByText('Ничего подозрительного.').waitFor();
  for (const summary of await page.locator('main summary').all()) {
    await summary.focus();
    await page.keyboard.press('Enter');
  }
  expect(await isTooWide(page)).toBe(false);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => {
    document.documentElement.dataset.theme = 'light';
  });
  expect(await accessibilityFaults(page, OF_COLOURS)).toEqual([]);
  await look(page, 'new-russian');
  await page.getByRole('button', { name: 'Начать обучение' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/models\//);
  const made = (await models()).find(model => page.url().includes(model.model_uid))!;
  await fetch(`${service.url}/api/tasks/${made.task_id}/cancel`, { method: 'POST' });
});
