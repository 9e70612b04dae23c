/**
 * Try it here, with a model that a real worker trained: what the browser finds on a picture, a clip and the camera, on WebAssembly and on
 * WebGPU (Chromium's software adapter), held against the worker's own predictor, and that nothing leaves the machine.
 */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { drawAt, KEYPOINTS, SIDE_PX } from '../../demo/animal.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, packDataset } from '../support/lab.ts';
import { faultsInBothThemes, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { roadOver } from '../support/road.ts';
import { seedModel } from '../support/seeded-models.ts';
import { useWorker } from '../support/worker.ts';
import { workersPoints } from '../support/workers-points.ts';

const FAKE_CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=fps=60'];
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
/** Wider than the training images and in colour, so that it is fitted, padded and made gray. */
const WIDE = { widthPx: 176, heightPx: 128 };
const SAME_PX = 0.05;
const CLIP_FPS = 250; // more than a screen shows

interface Watched {
  stream?: MediaStream;
}

const database = useDatabase();
const api = useApi(database);
useWorker(database);
const browser = useBrowser(api, ...FAKE_CAMERA, ...SOFTWARE_WEBGPU);
const road = roadOver(api);
let uid: string;
let picture: { png: Buffer; rgb: Uint8Array };
let clip: Buffer;

beforeAll(async () => {
  uid = await road.train({ num_epochs: 4, batches_per_epoch: 15, learning_rate: 5e-3 }, await packDataset());
  [picture, clip] = await Promise.all([widePicture(), filmAnimal(12, ['-r', String(CLIP_FPS)])]);
  expect(await road.ended(uid)).toMatchObject({ state: 'succeeded' });
});

/** The animal on a ground of its own colours. */
async function widePicture() {
  const animal = await sharp(await drawAt(2), { raw: { width: SIDE_PX, height: SIDE_PX, channels: 1 } })
    .png()
    .toBuffer();
  const background = { r: 190, g: 205, b: 220 };
  const canvas = { width: WIDE.widthPx, height: WIDE.heightPx, channels: 3, background } as const;
  const png = await sharp({ create: canvas })
    .composite([{ input: animal, left: 30, top: 0 }])
    .tint('#d8c8b0')
    .png()
    .toBuffer();
  return { png, rgb: new Uint8Array(await sharp(png).removeAlpha().raw().toBuffer()) };
}

const model = () => `#/models/${uid}/try`;
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const PATIENT = { timeout: 20_000 };
const fact = async (page: Page, name: string) =>
  Number(await page.locator('dl div', { hasText: name }).locator('dd').textContent());

async function load(page: Page): Promise<void> {
  await button(page, /^Load the model/).click();
  await page.getByText(/^Runs on the/).waitFor();
}

const give = (page: Page, name: string, mimeType: string, buffer: Buffer) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });

/** Lets a file fall on the page, as from the file manager. */
async function drop(page: Page, name: string, type: string, content: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ({ name, type, base64 }) => {
      const carried = new DataTransfer();
      carried.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], name, { type }));
      return carried;
    },
    { name, type, base64: content.toString('base64') },
  );
  await page.dispatchEvent('.try-drop', 'drop', { dataTransfer });
}

async function showEveryPoint(page: Page): Promise<void> {
  await page.getByLabel('Confidence threshold').fill('0');
}

/** x, y and score of each keypoint as the table tells them. */
async function tableOf(page: Page): Promise<number[][]> {
  const rows = await page.locator('.try-points tbody tr').all();
  return Promise.all(rows.map(async row => (await row.locator('td').allTextContents()).map(Number)));
}

function expectSame(found: number[][], expected: number[][]): void {
  expect(found).toHaveLength(expected.length);
  // It has learned something: peaks of noise would be anywhere.
  expect(Math.max(...expected.map(([, , score]) => score!))).toBeGreaterThan(0.2);
  found.forEach(([x, y, score], k) => {
    const [wantedX, wantedY, wantedScore] = expected[k]!;
    expect(Math.hypot(x! - wantedX!, y! - wantedY!), KEYPOINTS[k]).toBeLessThan(SAME_PX);
    expect(score).toBeCloseTo(wantedScore!, 2);
  });
}

it('finds on a picture what the worker finds, on WebAssembly and on WebGPU, and survives the loss of the GPU', async () => {
  const page = await browser.open(model());
  await load(page);
  // There is a GPU, but one played in software.
  expect(await page.getByText('Runs on the CPU (WebAssembly)').isVisible()).toBe(true);
  expect(await page.getByText('GPU played in software').isVisible()).toBe(true);
  await give(page, 'wide.png', 'image/png', picture.png);
  await page.getByText('176 × 128 px').waitFor();
  await showEveryPoint(page);
  const expected = await workersPoints(road, uid, { ...WIDE, data: picture.rgb });
  expectSame(await tableOf(page), expected);

  await page.getByLabel('Compute on').selectOption('webgpu');
  await page.getByText(/^Runs on the GPU \(WebGPU\)/).waitFor();
  await expect.poll(() => fact(page, 'Frames computed'), PATIENT).toBe(1);
  expectSame(await tableOf(page), expected);

  const chromium = await page.context().browser()!.newBrowserCDPSession();
  chromium.send('Browser.crashGpuProcess').catch(() => {}); // it answers no more
  await page.getByText('The GPU was taken away').waitFor();
  await button(page, 'Go on with the CPU').click();
  await page.getByText('Runs on the CPU (WebAssembly)').waitFor();
});

it('plays a clip, steps through it, uses the camera, holds no more tensors and sends nothing', async () => {
  const page = await browser.open(model());
  const asked: string[] = [];
  page.on('request', request => request.url().startsWith('http') && asked.push(request.url()));
  await load(page);
  // What the thread asks for is heard here, too.
  expect(asked.some(url => url.endsWith('.wasm'))).toBe(true);
  asked.length = 0;
  await give(page, 'animal.mp4', 'video/mp4', clip);
  await expect.poll(() => fact(page, 'Frames computed'), PATIENT).toBeGreaterThan(0);
  const tensors = await fact(page, 'Tensors held');
  expect(tensors).toBeGreaterThan(0);
  await button(page, 'Pause').click();
  await page.getByLabel('Confidence map of').selectOption('nose');
  const shownFrame = async () =>
    Math.round(CLIP_FPS * Number.parseFloat(await page.locator('.try-place output').innerText()));
  const total = Math.round(CLIP_FPS * Number(await page.getByLabel('Place in the clip').getAttribute('max')));
  await button(page, 'Next frame').focus();
  let lastSeen = -1;
  // What was under way when it was paused is still to come; numbers follow four times a second.
  await expect
    .poll(
      async () => {
        const before = lastSeen;
        lastSeen = await shownFrame();
        return lastSeen === before;
      },
      { ...PATIENT, interval: 500 },
    )
    .toBe(true);
  for (let step = 0; step < 4; step++) {
    const before = await shownFrame();
    await page.keyboard.press('Enter');
    await expect.poll(shownFrame, PATIENT).toBe((before + 1) % total);
  }
  await button(page, 'Play').click();
  await expect.poll(() => fact(page, 'Frames computed'), PATIENT).toBeGreaterThan(50);
  expect(await fact(page, 'Tensors held')).toBe(tensors);
  await look(page, 'clip');

  await button(page, 'Use the camera').click();
  await page.getByText('Now: fake_device_0').waitFor();
  await expect.poll(() => fact(page, 'Frames computed'), PATIENT).toBeGreaterThan(1);
  expect(await fact(page, 'Tensors held')).toBe(tensors);
  expect(asked).toEqual([]);
});

it('says when the camera is taken away, and switches it off when the view is left', async () => {
  const page = await browser.open(model());
  await page.evaluate(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async wanted => ((window as unknown as Watched).stream = await ask(wanted));
  });
  const camera = () =>
    page.evaluate(() => (window as unknown as Watched).stream?.getVideoTracks().map(track => track.readyState));
  await load(page);
  await button(page, 'Use the camera').click();
  await expect.poll(camera, PATIENT).toEqual(['live']);
  // As a browser tells of a camera that is unplugged.
  await page.evaluate(() =>
    (window as unknown as Watched).stream!.getVideoTracks()[0]!.dispatchEvent(new Event('ended')),
  );
  await page.getByText('The camera is gone').waitFor();
  await expect.poll(camera, PATIENT).toEqual(['ended']);
  await button(page, 'Use the camera').click();
  await expect.poll(camera, PATIENT).toEqual(['live']);
  await page.getByText('Tensors held').waitFor();
  expect(await page.getByText('The camera is gone').count()).toBe(0);
  await page.evaluate(() => {
    location.hash = '#/nowhere';
  });
  await expect.poll(camera, PATIENT).toEqual(['ended']);
  // An address that leads nowhere says so.
  await page.getByRole('main').getByText('There is nothing at this address').waitFor();
});

it('speaks Russian, satisfies axe in both themes and fits a phone', async () => {
  const page = await browser.open(model(), { remembered: { language: 'ru' }, viewport: PHONE });
  await button(page, /^Загрузить модель/).click();
  await page.getByText('Работает на процессоре').waitFor();
  await drop(page, 'wide.png', 'image/png', picture.png);
  await page.getByLabel('Карта уверенности').selectOption('nose');
  await page.getByText('176 × 128 пикс.').waitFor();
  expect(await isTooWide(page)).toBe(false);
  expect(await faultsInBothThemes(page)).toEqual([]);
  await look(page, 'picture-ru');
});

it('says in words what it cannot do: no weights, a file nobody can read, a download cut short, a layer unknown to TensorFlow.js', async () => {
  const failed = await seedModel(database, { state: 'failed' });
  const page = await browser.open(`#/models/${failed.uid}/try`, { expectedComplaint: /404/ });
  await page.getByText('This training ended before it had any weights.').waitFor();

  const weights = '**/files/weights.bin';
  await page.route(weights, route => route.fulfill({ body: Buffer.alloc(8) }));
  await page.goto(`${api.url}/${model()}`);
  await button(page, /^Load the model/).click();
  await page.getByText(/^weights.bin ended after 8 of/).waitFor();
  await page.unroute(weights);
  await button(page, 'Start again').click();
  await page.getByText(/^Runs on the/).waitFor();
  await give(page, 'notes.mp4', 'video/mp4', Buffer.from('no video at all'));
  await page.getByText('The browser cannot show this file').waitFor();
  expect(await page.getByRole('link', { name: 'Videos' }).last().getAttribute('href')).toBe('#/results');
  await look(page, 'unreadable');

  await page.route('**/files/model.json', async route => {
    const known = await (await route.fetch()).text();
    await route.fulfill({ body: known.replace('"MaxPooling2D"', '"FancyPooling"') });
  });
  await page.reload();
  await button(page, /^Load the model/).click();
  await page.getByText(/Unknown layer: FancyPooling/).waitFor();
  await page.unroute('**/files/model.json');
  await database.client.sql`delete from model_files where model_uid = ${uid} and name = 'model.json'`;
  await page.reload();
  await page.getByText('This model cannot run in a browser').waitFor();
  expect(await page.getByText('no layer for its grouped convolutions').isVisible()).toBe(true);
});
