/** The player of a video that no browser plays: by the poses alone, converted by ffmpeg in the page, and frame by frame. Frames show their numbers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { encodeNumbered } from '../support/numbered-video.ts';
import { accessibilityFaults, look, useBrowser } from '../support/page.ts';
import { atFrame, drawnPixels, goTo, playerOf, seenAndTold } from '../support/player-page.ts';
import { type SeededInference, SPINE, seedInference } from '../support/seeded-inference.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);
const open = playerOf(browser);

const COUNT = 60;
let folder: string;
/** Of a codec that browsers do not know, with frames that are decoded out of their order. */
let avi: SeededInference;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sleap-test-player-'));
  const path = await encodeNumbered(join(folder, 'b-frames.avi'), 'mpeg4', COUNT, ['-bf', '2', '-g', '30']);
  avi = await seedInference(database, api, path);
});
afterAll(() => rm(folder, { recursive: true }));

it('a video that the browser cannot play shows its poses on an empty ground until it is converted, which keeps every frame in its place', async () => {
  const page = await open(avi.id, 3);
  await page.getByText(/It can be decoded here by ffmpeg \(10\.\d MB, loaded once\)/).waitFor();
  expect(await drawnPixels(page, SPINE)).toBeGreaterThan(20);
  await look(page, 'player-unplayable');
  await page.keyboard.press('End');
  await atFrame(page, COUNT - 1);

  // Ended by the reader before it is done.
  let letGo = () => {};
  const canceled = new Promise<void>(resolve => {
    letGo = resolve;
  });
  const hold = (route: Route) => canceled.then(() => route.abort());
  const held = page.waitForRequest(/ffmpeg-core\.wasm/);
  await page.route(/ffmpeg-core\.wasm/, hold, { times: 1 });
  await page.getByRole('button', { name: 'Convert in this browser' }).click();
  await page.getByText('Loading ffmpeg…').waitFor();
  await held;
  await page.getByRole('button', { name: 'Cancel' }).click();
  letGo();
  await page.getByRole('button', { name: 'Convert in this browser' }).click();
  await page.locator('.player-unplayable').waitFor({ state: 'detached' });
  for (const frame of [COUNT - 1, 0, 1, 30, 29, 47]) {
    await goTo(page, frame);
    expect(await seenAndTold(page)).toEqual([frame, frame]);
  }
});

it('a video that the browser cannot play can be looked at frame by frame, and played so', async () => {
  const page = await open(avi.id, 31);
  await page.getByRole('button', { name: 'Show as frames' }).click();
  await page.locator('.player-unplayable').waitFor({ state: 'detached' });
  for (const frame of [31, 32, 23, 0, 59]) {
    await goTo(page, frame);
    await expect.poll(() => seenAndTold(page, '.player-canvas')).toEqual([frame, frame]);
  }
  await goTo(page, 50);
  await page.getByRole('button', { name: /^Play/ }).click();
  await atFrame(page, COUNT - 1);
  await page.getByRole('button', { name: /^Play/ }).waitFor();
  expect(await seenAndTold(page, '.player-canvas')).toEqual([COUNT - 1, COUNT - 1]);
});

it('speaks Russian', async () => {
  const page = await open(avi.id, 9, { remembered: { language: 'ru' } });
  await page.getByText('Этот браузер не умеет показывать видео (mpeg4).').waitFor();
  await page.getByRole('button', { name: 'Кадр вперёд (→)' }).click();
  await atFrame(page, 10);
  expect(await page.getByRole('slider', { name: 'Шкала времени' }).getAttribute('aria-valuetext')).toBe(
    'кадр 10 из 60',
  );
  expect(await page.title()).toBe('Видео · b-frames.avi · SLEAP');
  expect(await accessibilityFaults(page)).toEqual([]);
  await look(page, 'player-russian');
});
