/**
 * The whole road in a real browser, with a real database, API and worker: a key, a dropped folder, a training that is watched, goes on over a
 * restart of the API and is stopped in time, its samples, a video, the keypoints on it, and their CSV.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { freePort } from '../../src/db/free-port.ts';
import { serveApi } from '../../src/serve/node.ts';
import type { RunningApi } from '../../src/serve/process.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, writeDataset } from '../support/lab.ts';
import { look, useBrowser } from '../support/page.ts';
import { useWorker } from '../support/worker.ts';

const KEY = 'the key of the lab';
/** The worker shares two cores with other tests. */
const PATIENT = { timeout: 60_000 };

const database = useDatabase();
const service = { url: '' };
let api: RunningApi;
let port: number;
const startApi = async () => {
  const config = readConfig({ PORT: String(port), POLL_SECONDS: '0.2', API_KEYS: `another,${KEY}` });
  api = await serveApi(config, database.url);
};
const folder = mkdtempSync(join(tmpdir(), 'sleap-test-road-'));
const mice = join(folder, 'mice');
beforeAll(async () => {
  port = await freePort();
  service.url = `http://127.0.0.1:${port}`;
  await writeDataset(mice);
  writeFileSync(join(folder, 'walk.mp4'), await filmAnimal(12));
  await startApi();
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});
useWorker(database);
const { open } = useBrowser(service);

const fact = (page: Page, label: string) =>
  page.locator('dt', { hasText: label }).locator('xpath=following-sibling::dd[1]');
const epochsShown = async (page: Page) => Number.parseInt((await fact(page, 'Epochs').first().textContent()) ?? '', 10);
/** Epoch numbers of the training log, as the service has it. */
const loggedEpochs = async (uid: string) => {
  const headers = { Authorization: `Bearer ${KEY}` };
  const answer = await fetch(`${service.url}/api/models/curves?model_uid=${uid}`, { headers });
  return (await answer.json()).curves[0].epochs as number[];
};

it('leads from a dropped folder to the keypoints of a video', async () => {
  const page = await open('', { expectedComplaint: /401|ERR_|Failed to load/, acceptDownloads: true });
  await page.getByLabel('Key').fill('a wrong key');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('That key does not fit').waitFor();
  await look(page, 'sign-in');
  await page.getByLabel('Key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('npm run demo').waitFor();

  await page.getByRole('navigation').getByRole('link', { name: 'New training' }).click();
  await page.locator('input[name=folder]').setInputFiles(mice);
  await page.getByRole('list', { name: /^Samples/ }).waitFor(PATIENT);
  await page.getByRole('button', { name: 'Quick look' }).click();
  await page.getByLabel('Epochs, at most').fill('100000');
  await page.getByText('Steps, scale and precision').click();
  await page.getByLabel('Steps an epoch').fill('3');
  await page.getByText('Early stopping', { exact: true }).click();
  await page.getByLabel('Stop by itself').uncheck();
  await page.getByRole('button', { name: 'Start the training' }).click();

  await page.waitForURL(/#\/models\/[0-9a-f-]{36}$/);
  const uid = page.url().slice(-36);
  await page.locator('canvas').first().waitFor(PATIENT);
  await expect.poll(() => epochsShown(page), PATIENT).toBeGreaterThan(1);

  await api.close();
  await page.getByText('reconnecting…').waitFor();
  await startApi();
  await page.getByText('live', { exact: true }).waitFor(PATIENT);
  const before = await epochsShown(page);
  await expect.poll(() => epochsShown(page), PATIENT).toBeGreaterThan(before);
  await page.getByRole('button', { name: /^Stop/ }).click();
  await page.getByText('stopped early').first().waitFor(PATIENT);
  const epochs = await loggedEpochs(uid);
  expect(epochs).toEqual(epochs.map((_, i) => i));
  expect(await epochsShown(page)).toBe(epochs.length);

  await page.getByRole('link', { name: 'Samples' }).click();
  await page.getByRole('slider', { name: 'Epoch' }).waitFor();
  await page
    .getByText(/px mean error|no error to tell/)
    .first()
    .waitFor();

  await page.getByRole('link', { name: 'Videos', exact: true }).last().click();
  await page.getByLabel('Choose videos').setInputFiles(join(folder, 'walk.mp4'));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForURL(/#\/results\/\d+/);
  await page.getByText('succeeded').first().waitFor(PATIENT);
  await page.getByRole('slider', { name: 'Timeline' }).waitFor();
  await look(page, 'road-result');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Table (CSV)' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  expect(lines[0]).toMatch(/^track,frame_idx,instance\.score,nose\.x/);

  await page.goBack();
  await page.getByRole('link', { name: 'walk.mp4' }).waitFor();
});
