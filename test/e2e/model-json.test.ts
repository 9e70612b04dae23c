/** A model in a real browser: stock TensorFlow.js loads model.json over the API and sees what the worker's network sees. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { networkOf } from '../../gpu-worker/model/from-config.ts';
import { readKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { restoreWeights, runNetwork } from '../../gpu-worker/model/network.ts';
import { portableModelSchema } from '../../src/contract/portable-model.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { useApi } from '../support/api.ts';
import { sharedBrowser } from '../support/chromium.ts';
import { useDatabase } from '../support/database.ts';
import { packDataset } from '../support/lab.ts';
import { roadOver } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const SIDE_PX = 64;
const TFJS = fileURLToPath(new URL('../support/browser-tfjs.ts', import.meta.url));

const database = useDatabase();
const api = useApi(database);
useWorker(database);
const { train, ended } = roadOver(api);
let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sleap-test-browser-'));
  await build({
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, minify: false, lib: { entry: TFJS, formats: ['iife'], name: 'unused', fileName: 'tfjs' } },
  });
  browser = await sharedBrowser();
});
afterAll(() => rm(folder, { recursive: true }));

it('gives the confidence maps of the worker, from model.json and from best_model.h5', async () => {
  const uid = await train({ num_epochs: 1 }, await packDataset());
  expect(await ended(uid)).toMatchObject({ state: 'succeeded' });
  const page = await browser.newPage();
  await page.goto(`${api.url}/healthz`);
  await page.addScriptTag({ path: join(folder, 'tfjs.iife.js') });
  const levels = Array.from({ length: SIDE_PX ** 2 }, (_, i) => ((i * 37) % 256) / 255);

  const seen = await page.evaluate(
    async ({ url, levels, sidePx }) => {
      const theirs = window as unknown as { tf: typeof tf; loadLayersModel: typeof loadLayersModel };
      const model = await theirs.loadLayersModel(url);
      const maps = model.predict(theirs.tf.tensor4d(levels, [1, sidePx, sidePx, 1])) as tf.Tensor;
      return { shape: maps.shape, numbers: [...(await maps.data())] };
    },
    { url: `/api/models/${uid}/files/model.json`, levels, sidePx: SIDE_PX },
  );
  await page.context().close();

  await openDevice('wasm', { threads: 1 });
  const file = (name: string) => api.get(`/api/models/${uid}/files/${name}`);
  const own = portableModelSchema.parse(await (await file('config.json')).json());
  const config = trainingConfigSchema.parse(own.training_config);
  const network = networkOf(config, own.network_input, own.skeleton.keypoints.length, own.seed);
  await writeFile(join(folder, 'best_model.h5'), new Uint8Array(await (await file('best_model.h5')).arrayBuffer()));
  restoreWeights(network, (await readKerasModel(join(folder, 'best_model.h5'))).weights);
  const [expected] = runNetwork(network, tf.tensor4d(levels, [1, SIDE_PX, SIDE_PX, 1]));
  const numbers = await expected!.data();
  expect(seen.shape).toEqual(expected!.shape);
  const largest = Math.max(...numbers.map(Math.abs));
  const worst = Math.max(...seen.numbers.map((number, i) => Math.abs(number - numbers[i]!))) / largest;
  expect(largest).toBeGreaterThan(0);
  expect(worst).toBeLessThan(1e-5);
});
