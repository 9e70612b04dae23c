/** The list of models, the comparison, and workers with their queue, in a real browser over the real API: seeded rows, no worker. */
import { expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { accessibilityFaults, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { addEpochs, seedManyModels, seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

it('a service without models shows the first steps', async () => {
  const page = await browser.open('#/');
  await page.getByRole('heading', { name: 'Nothing trained yet' }).waitFor();
  await look(page, 'models-empty');
});

it('five hundred models', async () => {
  await seedManyModels(database, 500);
  await seedModel(database, { name: 'running one', state: 'active', epochs: 37, tags: ['day 3', 'pilot'] });
  await seedModel(database, { name: 'compiling one', state: 'active', epochs: 0 });
  await seedModel(database, { name: null, state: 'queued', epochs: 0 });
  await seedModel(database, {
    name: 'a model whose name is rather long and goes on for a good while',
    state: 'failed',
    epochs: 3,
    tags: ['a very long tag that somebody thought of', 'b', 'c'],
    error: { code: 'labels_missing', message: 'The dataset holds no file of labels.', remedy: 'Pack labels.json.' },
    config: { backbone_model: 'pretrained_encoder', pretrained_encoder: 'efficientnetb0' },
  });
  const page = await browser.open('#/');
  await page.getByRole('link', { name: 'running one' }).waitFor();
  await page.waitForTimeout(1500);
  await page.getByRole('checkbox', { name: 'Choose running one' }).check();
  const size = page.viewportSize()!;
  for (const [name, viewport, colorScheme] of [['light', size, 'light'], ['dark', size, 'dark'], ['phone', PHONE, 'light'], ['middle', {width: 900, height: 800}, 'light'], ['narrow', {width: 1080, height: 800}, 'light']] as const) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(500);
    await page.screenshot({ path: `/tmp/shots-models/models-${name}.png` });
  }
  console.log(await accessibilityFaults(page), await isTooWide(page));
  await page.goto(`${api.url}/#/workers`);
  await page.waitForTimeout(1000);
  await look(page, 'workers');
});
